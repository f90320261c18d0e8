import { Connections } from '../../packages/mikro-orm/src/connections.ts';
import type { Database } from '../../packages/mikro-orm/src/journal/database.ts';
import { Journal } from '../../packages/mikro-orm/src/journal/journal.ts';
import type { Documents } from './documents.ts';

/** A part of the protocol that is taken out on purpose, so that the harness has something to find. */
export type Sabotage =
  | 'without triggers'
  | 'without the reference check'
  | 'with the journal written after the upload'
  | 'without tombstones'
  | 'with lease and check in one transaction'
  | 'with triggers as SECURITY INVOKER';

/** Breaks this process until it is disposed of. */
export function sabotageProcess(sabotage: Sabotage | undefined): Disposable {
  if (sabotage === 'with the journal written after the upload') {
    return patch(
      Journal.prototype,
      'schedule',
      () => async (objects, due) =>
        objects.map(({ name }, id) => ({
          id: String(-id),
          name,
          dueAt: new Date(Date.now() + due),
        })),
    );
  }
  const rewrite = sabotage && rewrites[sabotage];
  if (rewrite === undefined) return { [Symbol.dispose]: () => {} };
  return patch(
    Connections.prototype,
    'background',
    (background) =>
      function (this: Connections) {
        return rewritten(background.call(this), rewrite);
      },
  );
}

/** Breaks the database until it is disposed of; triggers come back by an update of the schema. */
export async function sabotageDatabase(
  sabotage: Sabotage | undefined,
  { orm }: Documents,
): Promise<AsyncDisposable> {
  const connection = orm.em.getConnection();
  const functions = await connection.execute<{ ddl: string }[]>(
    `select pg_get_functiondef(oid) as ddl from pg_proc where proname ~ '^filefield_(ins|upd|del|trunc)_'`,
  );
  if (sabotage === 'without triggers') {
    await connection.execute(`do $$ declare t record; begin
      for t in select tgname from pg_trigger where tgrelid = 'doc'::regclass and tgname ~ '^filefield_' loop
        execute format('drop trigger %I on doc', t.tgname);
      end loop; end $$`);
  }
  if (sabotage === 'with triggers as SECURITY INVOKER') {
    for (const { ddl } of functions) await connection.execute(invoking(ddl));
  }
  return {
    [Symbol.asyncDispose]: async () => {
      for (const { ddl } of functions) await connection.execute(ddl);
    },
  };
}

/** The same function with the rights and the names of whoever writes the table. */
function invoking(ddl: string): string {
  return ddl
    .replace('SECURITY DEFINER', '')
    .replace(/SET search_path TO [^\n]*/, '')
    .replaceAll('"public"."file_journal"', 'file_journal');
}

/** Answers another statement; `undefined` keeps it from being run. */
type Rewrite = (sql: string) => string | undefined;

const rewrites: Partial<Record<Sabotage, Rewrite>> = {
  'without the reference check': (sql) =>
    sql.includes('wanted as materialized') ? undefined : sql,
  'without tombstones': (sql) =>
    sql.includes('buried as (')
      ? sql.replace(
          /buried as \([^]*$/,
          `gone as (delete from file_journal j using held h where j.id = h.id) select 1`,
        )
      : sql,
  'with lease and check in one transaction': (sql) =>
    sql.replace(
      'pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())',
      '9223372036854775807',
    ),
};

function rewritten(database: Database, rewrite: Rewrite): Database {
  return {
    async all(sql, params) {
      const other = rewrite(sql);
      if (other === undefined) return [];
      // What follows the lists of a statement takes no parameters of its own, but for the time of a tombstone.
      const wanted = other === sql ? params : params?.slice(0, 1);
      return await database.all(other, wanted);
    },
    transaction: async (work) =>
      await database.transaction(async (tx) => work(rewritten(tx, rewrite))),
  };
}

function patch<Target extends object, Method extends keyof Target>(
  target: Target,
  method: Method,
  replacement: (original: Target[Method]) => Target[Method],
): Disposable {
  const original = target[method];
  target[method] = replacement(original);
  return {
    [Symbol.dispose]: () => {
      target[method] = original;
    },
  };
}
