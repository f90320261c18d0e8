import { deletingIndex, reclaimedConstraint } from './journal-names.ts';

const constraints = new Map([
  ['23503', reclaimedConstraint],
  // What the guard above READ COMMITTED runs into.
  ['23505', deletingIndex],
]);

/**
 * Whether a statement failed because it references an object that is being reclaimed or gone: the foreign key
 * violation of a file trigger, or the unique violation of its guard. Looks through `cause` and MikroORM's exceptions.
 */
export function isReclaimedError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
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
