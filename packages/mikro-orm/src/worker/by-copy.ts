import type { LeasedRow } from './lease.ts';
import type { Place } from './places.ts';

/** Origins of a migration, by whether the copy is there that values mean now. */
export interface ByCopy {
  readonly copied: readonly LeasedRow[];
  /** Those that may be the only bytes left, each with a sentence that says so. */
  readonly alone: ReadonlyMap<LeasedRow, string>;
}

const atOnce = 16;

/** Looks for the copies: whoever scheduled the origins has compared them, and something may have happened since. */
export async function byCopy(
  places: readonly Place[],
  rows: readonly LeasedRow[],
): Promise<ByCopy> {
  const storages = new Map(
    places.flatMap((place) => place.storages.map((storage) => [storage.location, storage])),
  );
  const copied: LeasedRow[] = [];
  const alone = new Map<LeasedRow, string>();
  const look = async (row: LeasedRow): Promise<void> => {
    const about = `Cannot reclaim "${row.name}" in storage "${row.storage}": rows refer to its copy`;
    try {
      const target = storages.get(row.copyAt ?? '');
      if (target === undefined) alone.set(row, `${about}, and this process has no such place`);
      else if (await target.exists(row.name)) copied.push(row);
      else alone.set(row, `${about}, which is not there: migrate again`);
    } catch (error) {
      alone.set(row, `${about}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (let at = 0; at < rows.length; at += atOnce) {
    await Promise.all(rows.slice(at, at + atOnce).map(look));
  }
  return { copied, alone };
}
