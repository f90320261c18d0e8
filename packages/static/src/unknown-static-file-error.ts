import { FileFieldError } from '@filefield/core';

/** Thrown when a page asks for a file that was not collected. */
export class UnknownStaticFileError extends FileFieldError {
  readonly code = 'UNKNOWN_STATIC_FILE';
  /** The name that was asked for. */
  readonly file: string;
  /** Names that were collected and look like it, the nearest first. */
  readonly near: readonly string[];

  constructor(file: string, near: readonly string[], options?: ErrorOptions) {
    const shown = file.length > 200 ? `${file.slice(0, 200)}…` : file;
    const advice =
      near.length === 0
        ? 'collect it'
        : `collect it, or is it ${near.map((name) => JSON.stringify(name)).join(' or ')}`;
    super(
      `Cannot make the URL of ${JSON.stringify(shown)}: the manifest has no such file, ${advice}`,
      options,
    );
    this.file = file;
    this.near = near;
  }
}
