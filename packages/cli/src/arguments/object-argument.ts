import { UsageError } from '../errors/cli-error.ts';

/** A place in a storage, as it is written on a command line. */
export interface StoragePath {
  readonly alias: string;
  /** A name, or a directory; `''` where only the alias was given. */
  readonly name: string;
}

/** Takes `ALIAS` or `ALIAS:path` apart. @throws {@link UsageError} when there is no alias. */
export function storagePath(argument: string): StoragePath {
  const colon = argument.indexOf(':');
  const alias = colon === -1 ? argument : argument.slice(0, colon);
  if (alias === '') throw wrong(argument, 'ALIAS or ALIAS:path');
  return { alias, name: colon === -1 ? '' : argument.slice(colon + 1) };
}

/** Takes `ALIAS:name` apart. @throws {@link UsageError} when one of them is missing. */
export function objectArgument(argument: string): StoragePath {
  const path = storagePath(argument);
  if (path.name === '') throw wrong(argument, 'ALIAS:name');
  return path;
}

/** Whether an argument is a path of this machine, not a place in a storage: `./a:b` is one. */
export function isLocalPath(argument: string): boolean {
  return !/^[^/\\.][^/\\]*:/.test(argument) || /^[A-Za-z]:[\\/]/.test(argument);
}

function wrong(argument: string, wanted: string): UsageError {
  return new UsageError(`Cannot use ${JSON.stringify(argument)}: write ${wanted}`);
}
