import { deletingIndex, reclaimedConstraint } from './journal-names.ts';

const constraints = new Map([
  ['23503', reclaimedConstraint],
  // What the guard above READ COMMITTED runs into.
  ['23505', deletingIndex],
]);

/** The name of an object that is to be stored is barred: one of this name is being deleted, or was. */
export class BarredNameError extends Error {
  override readonly name = 'BarredNameError';

  constructor(storage: string, name: string) {
    super(
      `Cannot store "${name}" in storage "${storage}": an object of this name is being reclaimed`,
    );
  }
}

/**
 * Whether a statement, or what goes before it, failed because it references an object that is being reclaimed or gone: the foreign key
 * violation of a file trigger, or the unique violation of its guard. Looks through `cause` and MikroORM's exceptions.
 */
export function isReclaimedError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof BarredNameError) return true;
  const { code, constraint } = error as Error & { code?: unknown; constraint?: unknown };
  if (
    typeof code === 'string' &&
    constraint !== undefined &&
    constraints.get(code) === constraint
  ) {
    return true;
  }
  return error.cause !== error && isReclaimedError(error.cause);
}
