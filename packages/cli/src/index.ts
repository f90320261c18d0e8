export type { ConfigurationRequest, Host, MaybeTerminal } from './host.ts';
export type { LoadedConfiguration } from './project/load-configuration.ts';
export type { StaticFilesConfiguration } from './project/static-files-configuration.ts';
export { run } from './run.ts';
