import type { Database } from '../journal/database.ts';
import type { DeadObject } from './reconcile-report.ts';

/** The objects that the worker has given up to delete: their names stay barred until somebody looks after them. */
export async function deadObjects(
  database: Database,
  journal: string,
  aliases: readonly string[],
  limit: number,
): Promise<DeadObject[]> {
  return await database.all<DeadObject>(
    `select j.storage as "storage", j.name as "name", j.attempts as "attempts", coalesce(j.last_error, '') as "error"
    from ${journal} j
    where j.state = 3 and j.reason <> 'alias' and j.storage in (select pg_catalog.jsonb_array_elements_text(?::jsonb))
    order by j.id limit ?`,
    [JSON.stringify(aliases), limit],
  );
}
