import { inspect } from 'node:util';
import { expect } from 'vitest';

/** The error of work that fails. */
export async function failure(work: Promise<unknown>): Promise<Error> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  return error as Error;
}

/** Everything that a log could hold of an error: its properties, hidden ones too, and those of its causes. */
export function everythingIn(error: unknown): string {
  const shown = inspect(error, { depth: Infinity, showHidden: true, maxStringLength: Infinity });
  return `${shown}\n${JSON.stringify(error)}`;
}
