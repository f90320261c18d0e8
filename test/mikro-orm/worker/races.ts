import type { Database } from '../../../packages/mikro-orm/src/journal/database.ts';
import type { World } from './world.ts';

/** The files that rows refer to although their objects are gone, under the aliases of the world. */
export async function dangling(world: World): Promise<string[]> {
  const rows = await world.sql<{ storage: string; name: string }>(
    `select a ->> 'storage' as storage, a ->> 'name' as name from t where a is not null
    union select j ->> 'storage', j ->> 'name' from t, jsonb_path_query(r, '$[*]."pic"') j`,
  );
  const found = await Promise.all(
    rows.map(async ({ storage, name }) => ({
      name,
      exists: await world.storages[storage]!.exists(name),
    })),
  );
  return found.filter((row) => !row.exists).map((row) => row.name);
}

/** Objects that neither a row nor the journal knows. */
export async function orphans(world: World): Promise<string[]> {
  const known = await world.sql<{ name: string }>(
    `select a ->> 'name' as name from t where a is not null
    union select j ->> 'name' from t, jsonb_path_query(r, '$[*]."pic"') j union select name from file_journal`,
  );
  const names = new Set(known.map((row) => row.name));
  return (await world.objects()).filter((name) => !names.has(name));
}

/** The database with the fence switched off: no transaction ever seems to be running. */
export function withoutFence(database: Database): Database {
  return {
    all: async (sql, params) =>
      await database.all(
        sql.replace(
          'pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())',
          '9223372036854775807',
        ),
        params,
      ),
    transaction: async (work) => await database.transaction(work),
  };
}

/** The database whose transactions wait before they commit, until they are let go. */
export function pausing(database: Database): {
  database: Database;
  /** The first transaction has done its work. */
  reached: Promise<void>;
  go: () => void;
} {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  return {
    database: {
      all: async (sql, params) => await database.all(sql, params),
      transaction: async (work) =>
        await database.transaction(async (tx) => {
          const result = await work(tx);
          reached.resolve();
          await gate.promise;
          return result;
        }),
    },
    reached: reached.promise,
    go: gate.resolve,
  };
}

/** Takes the guard, which looks past an old snapshot, out of the trigger functions. */
export async function removeGuard(world: World): Promise<void> {
  await world.sql(`do $$ declare f record; begin
    for f in select pg_get_functiondef(oid) as ddl from pg_proc where proname ~ '^filefield_(ins|upd)_' loop
      execute replace(f.ddl, $q$in ('repeatable read', 'serializable')$q$, $q$in ('never')$q$);
    end loop; end $$`);
}
