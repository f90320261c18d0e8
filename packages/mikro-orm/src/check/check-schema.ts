import type { Database } from '../journal/database.ts';
import { fileJournal } from '../journal/file-journal.ts';
import { journalTexts } from '../journal/journal-functions.ts';
import { journalTable } from '../journal/journal-names.ts';
import { qualified } from '../journal/sql-text.ts';
import { fileTables, type OwnTable } from '../worker/references.ts';
import type { CheckFinding } from './check-report.ts';
import { found } from './found.ts';

type Finding = Omit<CheckFinding, 'subject'>;

const update = 'update the schema: migration:create and migration:up, or schema:update';

/** Whether the journal and the triggers are there, in the version of this process. */
export async function checkSchema(
  database: Database,
  journalSchema: string,
  ownTables: readonly OwnTable[],
): Promise<CheckFinding[]> {
  const unknown = { what: 'the catalog cannot be read', state: 'unknown' } as const;
  const journal = await found('journal', unknown, async () => [
    await tableFinding(database, journalSchema),
  ]);
  return [
    ...journal,
    ...(await found('journal functions', unknown, async () =>
      functionFindings(database, journalSchema),
    )),
    ...(await found('triggers', unknown, async () => triggerFindings(database, ownTables))),
  ];
}

async function tableFinding(database: Database, schema: string): Promise<Finding> {
  const rows = await database.all<{ column: string }>(
    `select a.attname as "column" from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ? and c.relname = ? and a.attnum > 0 and not a.attisdropped`,
    [schema, journalTable],
  );
  const there = new Set(rows.map(({ column }) => column));
  // Before discovery, where the property still is what the declaration says.
  const missing = Object.values(fileJournal(schema).meta.properties)
    .map((property) => String(Reflect.get(property, 'fieldName')))
    .filter((column) => !there.has(column));
  const table = `"${schema}"."${journalTable}"`;
  if (missing.length === 0) return { state: 'good', message: `${table} is there` };
  const lacks = there.size === 0 ? 'is not there' : `lacks ${missing.join(', ')}`;
  return {
    state: 'bad',
    message: `${table} ${lacks}`,
    breaks: 'no file can be uploaded, and no row with a file written',
    fix: update,
  };
}

async function functionFindings(database: Database, schema: string): Promise<Finding[]> {
  const rows = await database.all<{ name: string; text: string; open: boolean }>(
    `select p.proname as "name", p.prosrc as "text", pg_catalog.has_function_privilege('public', p.oid, 'execute') as "open"
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = ? and p.proname ~ '^filefield_'`,
    [schema],
  );
  const there = new Map(rows.map((row) => [row.name, row]));
  const old = [...journalTexts(schema)].filter(([name, text]) => there.get(name)?.text !== text);
  const open = rows.filter((row) => row.open).map(({ name }) => name);
  const findings: Finding[] = [];
  if (old.length > 0) {
    findings.push({
      state: 'bad',
      message: `${old.map(([name]) => `${name}()`).join(', ')}: missing, or of another version than this process`,
      breaks: 'uploads fail, or follow the rules of another version',
      fix: update,
    });
  }
  if (open.length > 0) {
    findings.push({
      state: 'bad',
      message: `everybody may call ${open.map((name) => `${name}()`).join(', ')}`,
      breaks: 'whoever can connect can have objects deleted',
      fix: open
        .map((name) => `revoke all on function ${qualified(schema, name)} from public`)
        .join(';\n'),
    });
  }
  if (findings.length > 0) return findings;
  return [{ state: 'good', message: 'they are there, in the version of this process' }];
}

async function triggerFindings(
  database: Database,
  ownTables: readonly OwnTable[],
): Promise<Finding[]> {
  const { tables, problems } = await fileTables(database, ownTables);
  if (problems.length === 0) {
    return [{ state: 'good', message: `they follow the files of ${tables.length} tables` }];
  }
  return problems.map((message) => ({
    state: 'bad',
    message,
    breaks: 'what rows let go of there is not listed, and the worker deletes nothing anywhere',
    fix: `${update}; of a table of another application that one`,
  }));
}
