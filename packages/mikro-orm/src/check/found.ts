import { FileFieldError } from '@filefield/core';
import type { CheckFinding } from './check-report.ts';

/** Milliseconds after which something is taken for hanging. */
const patience = 30_000;

/** What a failing check means. */
export type Failing = Pick<CheckFinding, 'state' | 'breaks' | 'fix'> & { readonly what: string };

/** The findings of a check; a failure is one of them, and so is one that does not end. */
export async function found(
  subject: string,
  failing: Failing,
  check: () => Promise<readonly Omit<CheckFinding, 'subject'>[]>,
): Promise<CheckFinding[]> {
  try {
    return (await withinPatience(check())).map((finding) => ({ subject, ...finding }));
  } catch (error) {
    const { what, ...rest } = failing;
    return [{ subject, ...rest, message: `${what}: ${reasonOf(error)}` }];
  }
}

/**
 * Why something failed, without what does not belong in a report: our own messages and PostgreSQL's hold no secret, of
 * everything else only the code or class is told.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof FileFieldError) return error.message;
  if (!(error instanceof Error)) return 'an unknown failure';
  const { cause, code, message } = error as Error & { code?: unknown };
  if (cause instanceof Error && cause !== error) return reasonOf(cause);
  if (error instanceof AggregateError && error.errors[0] !== error)
    return reasonOf(error.errors[0]);
  if (typeof code !== 'string') return error.name === 'Error' ? hidden(message) : error.name;
  return /^[\dA-Z]{5}$/.test(code) && 'severity' in error ? hidden(message) : code;
}

/** The SQLSTATE, or the system's name, of a failure. */
export function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  const { cause, code } = error as Error & { code?: unknown };
  return code ?? (cause === error ? undefined : codeOf(cause));
}

/** Without URLs, which may hold a password, and absolute paths. */
function hidden(message: string): string {
  return message.replaceAll(/[a-z][a-z\d+.-]*:\/\/\S+|(?<![\w.])\/[^\s"']+/gi, '…');
}

async function withinPatience<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer within 30 seconds')), patience);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
