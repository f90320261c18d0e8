import type { Database } from '../journal/database.ts';

/**
 * What this role lacks to be the worker, one sentence for each right: the journal's own, and reading every table
 * that carries our triggers past row level security. Empty when nothing is missing; `undefined` when there is no
 * journal yet.
 */
export async function missingRights(
  database: Database,
  schema: string,
): Promise<string[] | undefined> {
  const [journal] = await database.all<{
    missing: string | null;
    sequence: boolean;
    identity: boolean;
  }>(
    `select coalesce(pg_catalog.has_function_privilege(pg_catalog.to_regprocedure(
        pg_catalog.quote_ident(n.nspname) || '.filefield_identity()'), 'execute'), false) as "identity",
      coalesce(pg_catalog.has_sequence_privilege(s.oid, 'usage'), true) as "sequence", (
        select pg_catalog.string_agg(p, ', ') from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p
        where not pg_catalog.has_table_privilege(c.oid, p)) as "missing"
    from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      left join lateral (select q.oid from pg_catalog.pg_depend d join pg_catalog.pg_class q on q.oid = d.objid
        where d.refobjid = c.oid and d.classid = 'pg_catalog.pg_class'::regclass and q.relkind = 'S' limit 1) s on true
    where c.relname = 'file_journal' and n.nspname = ?`,
    [schema],
  );
  if (!journal) return undefined;
  const problems: string[] = [];
  if (journal.missing !== null) {
    problems.push(
      `Cannot reclaim files: the role lacks ${journal.missing} on "${schema}"."file_journal"`,
    );
  }
  if (!journal.sequence) {
    problems.push(
      `Cannot reclaim files: the role lacks USAGE on the sequence of "${schema}"."file_journal"`,
    );
  }
  if (!journal.identity) {
    problems.push(
      `Cannot reclaim files: the role lacks EXECUTE on "${schema}"."filefield_identity"(), or the schema needs an update`,
    );
  }
  const tables = await database.all<{ schema: string; table: string; readable: boolean }>(
    `select n.nspname as "schema", c.relname as "table",
      pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select') as "readable"
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where exists (select from pg_catalog.pg_trigger t
        where t.tgrelid = c.oid and not t.tgisinternal and t.tgname ~ '^filefield_(ins|upd|del)_')
      and not (pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select')
        and not pg_catalog.row_security_active(c.oid))
    order by 1, 2`,
  );
  for (const { schema: owner, table, readable } of tables) {
    const what = readable ? 'BYPASSRLS, a policy hides rows of' : 'SELECT on';
    problems.push(`Cannot reclaim files: the role lacks ${what} "${owner}"."${table}"`);
  }
  return problems;
}
