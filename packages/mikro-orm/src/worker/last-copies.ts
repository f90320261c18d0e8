import type { LeasedRow } from './lease.ts';
import type { Place } from './places.ts';

const atOnce = 16;

/**
 * Objects that no row refers to where they lie, while rows mean an object of this name at another place, which lacks
 * it: what a migration left behind, or a process of another configuration, may be the only bytes there are.
 *
 * @param elsewhere The aliases of such rows, by the ids of the journal's.
 * @returns why each of them must stay.
 */
export async function lastCopies(
  places: readonly Place[],
  rows: readonly LeasedRow[],
  elsewhere: ReadonlyMap<string, readonly string[]>,
): Promise<Map<LeasedRow, string>> {
  const last = new Map<LeasedRow, string>();
  const look = async (row: LeasedRow): Promise<void> => {
    const { id, storage, name } = row;
    for (const alias of elsewhere.get(id) ?? []) {
      const reason = await reasonAgainst(places, alias, name);
      if (reason === undefined) continue;
      last.set(row, `Cannot reclaim "${name}" in storage "${storage}": ${reason}`);
    }
  };
  const doubtful = rows.filter((row) => row.isDoubtful === true && elsewhere.has(row.id));
  for (let at = 0; at < doubtful.length; at += atOnce) {
    await Promise.all(doubtful.slice(at, at + atOnce).map(look));
  }
  return last;
}

async function reasonAgainst(
  places: readonly Place[],
  alias: string,
  name: string,
): Promise<string | undefined> {
  try {
    for (const storage of places.find(({ aliases }) => aliases.includes(alias))?.storages ?? []) {
      if (await storage.exists(name)) return undefined;
    }
    return `rows refer to it in storage "${alias}", which has no such object`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
