import { pathToFileURL } from 'node:url';
import type { Options } from '@mikro-orm/postgresql';
import { CliError } from '../errors/cli-error.ts';
import type { ConfigurationRequest } from '../host.ts';
import { chosenConfiguration } from './chosen-configuration.ts';
import { findConfiguration } from './find-configuration.ts';
import { loadTypeScript } from './load-typescript.ts';
import { projectPackage } from './project-package.ts';
import type { StaticFilesConfiguration } from './static-files-configuration.ts';

/** What a configuration file says. */
export interface LoadedConfiguration {
  /** Its default export, or the one of several that was asked for. */
  readonly options: Options;
  /** Its export `staticFiles`. */
  readonly staticFiles?: StaticFilesConfiguration | undefined;
  /** Whether TypeScript can be read, so that `entitiesTs` counts. */
  readonly isTypeScript: boolean;
}

/** Reads the configuration file of a project. @throws {@link CliError} when there is none, or it fails. */
export async function loadConfiguration(
  request: ConfigurationRequest,
): Promise<LoadedConfiguration> {
  const { cwd, env } = request;
  const section = (await projectPackage(cwd))['mikro-orm'] ?? {};
  const path = findConfiguration(request, section);
  const isTypeScript = /\.[cm]?tsx?$/.test(path);
  if (isTypeScript) {
    const loader = env['MIKRO_ORM_CLI_TS_LOADER'] ?? section.tsLoader;
    const tsconfig = env['MIKRO_ORM_CLI_TS_CONFIG_PATH'] ?? section.tsConfigPath;
    await loadTypeScript({ path, cwd, loader: loader === 'auto' ? undefined : loader, tsconfig });
  }
  const { default: configuration, staticFiles } = await exportsOf(path);
  const context = request.context ?? env['MIKRO_ORM_CONTEXT_NAME'] ?? 'default';
  return await toldWhere(async () => ({
    options: await chosenConfiguration(await configuration, context),
    staticFiles: await (staticFiles as Promise<StaticFilesConfiguration>),
    isTypeScript,
  }));
}

interface ConfigurationExports {
  readonly default?: unknown;
  readonly staticFiles?: unknown;
}

async function exportsOf(path: string): Promise<ConfigurationExports> {
  const exported = await toldWhere(
    async () => (await import(pathToFileURL(path).href)) as ConfigurationExports,
  );
  // A CommonJS module that a compiler wrote: all of its exports are the default one.
  const { default: inner } = exported;
  const isCompiled = typeof inner === 'object' && inner !== null && '__esModule' in inner;
  return isCompiled ? { ...exported, ...inner } : exported;
}

/** @throws {@link CliError} when the project's own code fails. */
async function toldWhere<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new CliError(`Cannot load the configuration: ${reason}`, {
      cause,
      fix: 'Run it with --verbose to see where',
    });
  }
}
