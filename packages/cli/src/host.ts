import type { Readable, Writable } from 'node:stream';
import type { LoadedConfiguration } from './project/load-configuration.ts';

/** A stream that may be a terminal. */
export type MaybeTerminal<Stream> = Stream & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

/** What a command runs in; `bin.ts` makes it of the process. */
export interface Host {
  readonly stdin: MaybeTerminal<Readable>;
  readonly stdout: MaybeTerminal<Writable>;
  readonly stderr: MaybeTerminal<Writable>;
  /** The directory of the project. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asks the command to end; its reason is an `Interruption`. */
  readonly signal: AbortSignal;
  /** Where the configuration comes from. Default: the file that MikroORM's command would take. */
  readonly load?: ((request: ConfigurationRequest) => Promise<LoadedConfiguration>) | undefined;
}

/** Which configuration is wanted. */
export interface ConfigurationRequest {
  readonly cwd: string;
  readonly env: Host['env'];
  /** `--config`. */
  readonly path?: string | undefined;
  /** `--context`: the `contextName` of one of several configurations. */
  readonly context?: string | undefined;
}
