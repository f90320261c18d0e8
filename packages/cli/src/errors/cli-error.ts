/** What a {@link CliError} says besides its title. */
export interface CliErrorOptions extends ErrorOptions {
  /** What to do about it, one sentence or command in each line. */
  readonly fix?: string | undefined;
  /** The exit code: 2 where the command was not used as it is meant to be, else 1. */
  readonly exitCode?: 1 | 2 | undefined;
}

/** Thrown when a command cannot go on: what is wrong, and what to do about it. */
export class CliError extends Error {
  readonly fix: string | undefined;
  readonly exitCode: 1 | 2;

  constructor(title: string, { fix, exitCode = 1, ...options }: CliErrorOptions = {}) {
    super(title, options);
    this.name = new.target.name;
    this.fix = fix;
    this.exitCode = exitCode;
  }
}

/** Thrown when a command is not used as it is meant to be; exit code 2. */
export class UsageError extends CliError {
  constructor(title: string, fix?: string) {
    super(title, { fix, exitCode: 2 });
  }
}
