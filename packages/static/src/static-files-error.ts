import { FileFieldError } from '@filefield/core';

/** Why a static file cannot be collected or used as it is. */
export type StaticProblemReason =
  | 'missing'
  | 'loop'
  | 'encoding'
  | 'syntax'
  | 'changed'
  | 'unreadable'
  | 'link'
  | 'name'
  | 'source'
  | 'manifest';

/** Something that is wrong with a static file. */
export interface StaticProblem {
  /**
   * `missing`: it refers to a file that no source has · `loop`: it refers to itself, through others or not ·
   * `encoding`: it is not UTF-8 · `syntax`: it cannot be read as a JavaScript module · `changed`: its bytes changed while
   * it was collected · `unreadable`: the operating system does not give it · `link`: it is a link that leads out of its source · `name`: no storage can keep it under its name ·
   * `source`: the directory is not there · `manifest`: it is no manifest.
   */
  readonly reason: StaticProblemReason;
  /** The name of the file among the static files; of a `source`, what was given. */
  readonly name: string;
  /** Where the file lies on this machine, where it is known. */
  readonly path?: string | undefined;
  /** Line in the file, from 1, where it is one. */
  readonly line?: number | undefined;
  /** What is wrong, with the name and the line. */
  readonly message: string;
}

/** Problems that a message names; the others are counted. */
const shown = 10;

/** Thrown when static files cannot be collected, or a manifest cannot be read; what is served was not touched, unless `reason` is `changed` or `unreadable`. */
export class StaticFilesError extends FileFieldError {
  readonly code = 'STATIC_FILES';
  /** Everything that is wrong, not only the first thing. */
  readonly problems: readonly StaticProblem[];

  constructor(action: string, problems: readonly StaticProblem[], options?: ErrorOptions) {
    const told = problems.slice(0, shown).map(({ message }) => message);
    if (problems.length > shown) told.push(`and ${problems.length - shown} more`);
    super(`Cannot ${action}: ${told.join('; ')}`, options);
    this.problems = problems;
  }
}

/** The error of a file that is written to while it is collected. */
export function changedFile({
  name,
  path,
}: {
  readonly name: string;
  readonly path: string;
}): StaticFilesError {
  const message = `${JSON.stringify(name)} changed meanwhile`;
  return new StaticFilesError('collect static files', [{ reason: 'changed', name, path, message }]);
}

/** The error of a file that the operating system does not give, in words without its path. */
export function unreadableFile(
  { name, path }: { readonly name: string; readonly path: string },
  cause: unknown,
): StaticFilesError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  const message = `${JSON.stringify(name)} cannot be read: ${code}`;
  return new StaticFilesError(
    'collect static files',
    [{ reason: 'unreadable', name, path, message }],
    { cause },
  );
}
