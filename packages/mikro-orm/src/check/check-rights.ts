import type { Database } from '../journal/database.ts';
import { journalGrants, workerGrants } from '../journal/journal-grants.ts';
import { journalTexts } from '../journal/journal-functions.ts';
import { missingRights } from '../worker/rights.ts';
import { fileTables } from '../worker/references.ts';
import type { CheckFinding } from './check-report.ts';
import { found } from './found.ts';

type Finding = Omit<CheckFinding, 'subject'>;

/** Whose rights are looked at. */
export interface CheckedRole {
  readonly journalSchema: string;
  /** Whether this process runs a worker by itself. */
  readonly runsWorker: boolean;
}

/** Whether the role of this process may do what the library does, and what the worker does. */
export async function checkRights(database: Database, role: CheckedRole): Promise<CheckFinding[]> {
  const unknown = { what: 'rights cannot be looked at', state: 'unknown' } as const;
  return [
    ...(await found('rights', unknown, async () => [await executeFinding(database, role)])),
    ...(await found("worker's rights", unknown, async () => workerFindings(database, role))),
  ];
}

async function executeFinding(
  database: Database,
  { journalSchema: schema }: CheckedRole,
): Promise<Finding> {
  const rows = await database.all<{ name: string; usage: boolean; execute: boolean }>(
    `select p.proname as "name", pg_catalog.has_schema_privilege(n.oid, 'usage') as "usage",
      pg_catalog.has_function_privilege(p.oid, 'execute') as "execute"
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where n.nspname = ?`,
    [schema],
  );
  const wanted = [...journalTexts(schema).keys()];
  const isRefused = new Set(rows.filter(({ execute }) => !execute).map(({ name }) => name));
  const hasSchema = rows.every(({ usage }) => usage);
  const missing = wanted.filter((name) => isRefused.has(name));
  if (missing.length === 0 && hasSchema) {
    return { state: 'good', message: 'the role may call the functions of the journal' };
  }
  const [usage, ...grants] = journalGrants({ role: await roleOf(database), schema });
  const needed = grants.filter((_, index) => isRefused.has(wanted[index] ?? ''));
  return {
    state: 'bad',
    message: `the role lacks ${[
      ...(hasSchema ? [] : [`USAGE on schema "${schema}"`]),
      ...(missing.length === 0 ? [] : [`EXECUTE on ${missing.join(', ')}`]),
    ].join(' and ')}`,
    breaks: 'uploads fail',
    fix: [...(hasSchema ? [] : [usage]), ...needed].join(';\n'),
  };
}

async function workerFindings(
  database: Database,
  { journalSchema, runsWorker }: CheckedRole,
): Promise<Finding[]> {
  const missing = await missingRights(database, journalSchema);
  if (missing === undefined) return [];
  if (missing.length === 0) {
    return [{ state: 'good', message: 'the role may be the worker' }];
  }
  const { tables } = await fileTables(database, []);
  const role = await roleOf(database);
  const grants = workerGrants({
    role,
    schema: journalSchema,
    tables: tables.map(({ schema, table: name }) => ({ schema, name })),
  });
  const bypass = `alter role "${role.replaceAll('"', '""')}" bypassrls`;
  return missing.map((message) => ({
    state: runsWorker ? 'bad' : 'advice',
    message,
    breaks: runsWorker
      ? 'the worker of this process stays off'
      : 'this role cannot reclaim, nor reconcile; another one has to',
    fix: message.includes('BYPASSRLS') ? bypass : grants.join(';\n'),
  }));
}

/** The role that asks. */
export async function roleOf(database: Database): Promise<string> {
  const [row] = await database.all<{ role: string }>('select current_user::text as "role"');
  return row?.role ?? '';
}
