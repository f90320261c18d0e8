import type { Database } from '../journal/database.ts';
import { isReclaimedError } from '../journal/reclaimed-error.ts';
import type { Flaw } from './row-problem.ts';

/**
 * Writes one row where it still is what it was.
 *
 * @returns whether it was; or why the table refuses the row.
 * @throws errors of the database that say nothing about the row.
 */
export async function guardedUpdate(
  database: Database,
  sql: string,
  params: readonly unknown[],
): Promise<boolean | Flaw> {
  try {
    const rows = await database.all(`${sql} returning 1 as "updated"`, params);
    return rows.length > 0;
  } catch (error) {
    if (isReclaimedError(error)) {
      return { kind: 'reclaimed', reason: 'its object is being reclaimed, or gone' };
    }
    const constraint = violated(error);
    if (constraint === undefined) throw error;
    return { kind: 'refused', reason: `the table refuses the row: ${constraint}` };
  }
}

/** The constraint that a row violates: SQLSTATE class 23. Neither its message nor its values. */
function violated(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, constraint, cause } = error as Error & { code?: unknown; constraint?: unknown };
  if (typeof code === 'string' && /^23...$/.test(code)) {
    return typeof constraint === 'string' ? `constraint "${constraint}"` : `SQLSTATE ${code}`;
  }
  return cause === error ? undefined : violated(cause);
}
