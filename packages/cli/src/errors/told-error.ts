import { FileFieldError } from '@filefield/core';
import { CliError } from './cli-error.ts';
import { redacted } from './redacted.ts';

/** An error as it is shown. */
export interface ToldError {
  /** What is wrong, one sentence. */
  readonly title: string;
  /** What to do about it. */
  readonly fix?: string | undefined;
  /** `code` of errors that have one, such as `UNKNOWN_STORAGE`. */
  readonly code?: string | undefined;
  /** Where it was thrown; only where it is asked for. */
  readonly stack?: string | undefined;
}

/** Puts an error in words that hold no credential; its stack only with `verbose`. */
export function toldError(error: unknown, { verbose }: { readonly verbose: boolean }): ToldError {
  return {
    title: redacted(titleOf(error)),
    fix: fixOf(error),
    code: codeOf(error),
    stack: verbose && error instanceof Error ? redacted(stackOf(error)) : undefined,
  };
}

function fixOf(error: unknown): string | undefined {
  if (error instanceof CliError) return error.fix;
  const isOutdated = ['42P01', '42883', '42703'].includes(codeOf(error) ?? '');
  return isOutdated
    ? 'Is the schema up to date? See filefield check, and MikroORM: migration:up or schema:update'
    : undefined;
}

function titleOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(titleOf))].join('; ');
  }
  if (!(error instanceof Error)) return String(error);
  // Drivers put the statement below; what is ours is one line already.
  const message = error instanceof FileFieldError ? error.message : firstLine(error.message);
  return message === '' ? error.name : message;
}

function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return (error.stack ?? error.message) + cause;
}
