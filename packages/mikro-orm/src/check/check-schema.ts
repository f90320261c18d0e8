import type { Database } from '../journal/database.ts';
import { columnsIn, type FileTriggerArgument } from '../journal/file-column.ts';
import { fileJournal } from '../journal/file-journal.ts';
import { journalTexts } from '../journal/journal-functions.ts';
import { journalTable } from '../journal/journal-names.ts';
import { qualified } from '../journal/sql-text.ts';
import { triggerFunctions, type TriggerKind } from '../journal/trigger-functions.ts';
import { fileTables, type OwnTable } from '../worker/references.ts';
import type { CheckFinding } from './check-report.ts';
import { found } from './found.ts';
import { lackingColumns, update, usableIndexes } from './table-parts.ts';

type Finding = Omit<CheckFinding, 'subject'>;

/** What MikroORM finds by its name, it takes for current. */
const again = 'filefield triggers prints the statements that make them again';

/** Whether a function is still called with the rights of its owner, and finds what it means. */
const isGuarded = `p.prosecdef and 'search_path=pg_catalog, pg_temp' = any (p.proconfig)`;

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
  const declared = fileJournal(schema).meta;
  const { properties, indexes, uniques } = declared;
  const columns = await lackingColumns(database, schema, declared);
  const usable = await usableIndexes(database, schema, journalTable);
  const without = [...indexes, ...uniques]
    .map(({ name }) => String(name))
    .filter((name) => !usable.has(name));
  const missing = columns.length > 0 ? columns : without.map((name) => `the index "${name}"`);
  const table = `"${schema}"."${journalTable}"`;
  if (missing.length === 0) return { state: 'good', message: `${table} is there` };
  const isGone = columns.length === Object.keys(properties).length;
  const lacks = isGone ? 'is not there' : `lacks ${missing.join(', ')}`;
  return {
    state: 'bad',
    message: `${table} ${lacks}`,
    breaks: 'no file can be uploaded, and no row with a file written',
    fix: update,
  };
}

async function functionFindings(database: Database, schema: string): Promise<Finding[]> {
  const rows = await database.all<{ name: string; text: string; guarded: boolean; open: boolean }>(
    `select p.proname as "name", p.prosrc as "text", coalesce(${isGuarded}, false) as "guarded", pg_catalog.has_function_privilege('public', p.oid, 'execute') as "open"
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = ? and p.proname ~ '^filefield_'`,
    [schema],
  );
  const there = new Map(rows.map((row) => [row.name, row]));
  const old = [...journalTexts(schema)].filter(([name, text]) => {
    const found = there.get(name);
    return found?.text !== text || !found.guarded;
  });
  const open = rows.filter((row) => row.open).map(({ name }) => name);
  const findings: Finding[] = [];
  if (old.length > 0) {
    findings.push({
      state: 'bad',
      message: `${old.map(([name]) => `${name}()`).join(', ')}: missing, or of another version than this process`,
      breaks: 'uploads fail, or follow the rules of another version',
      fix: await functionsFix(database, schema),
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

/** The functions travel with an index: where that is current, MikroORM sees nothing to do. */
async function functionsFix(database: Database, schema: string): Promise<string> {
  const usable = await usableIndexes(database, schema, journalTable);
  const carrier = fileJournal(schema).meta.indexes.find(({ name }) =>
    String(name).startsWith('file_journal_due_'),
  )?.name;
  if (carrier === undefined || !usable.has(carrier)) return update;
  return `drop index ${qualified(schema, carrier)};\nthen ${update}`;
}

async function triggerFindings(
  database: Database,
  ownTables: readonly OwnTable[],
): Promise<Finding[]> {
  const { tables, problems: misread } = await fileTables(database, ownTables);
  const altered = await alteredFunctions(database, ownTables);
  const problems = [...misread, ...altered.map((name) => `${name}() was altered`)];
  if (problems.length === 0) {
    return [{ state: 'good', message: `they follow the files of ${tables.length} tables` }];
  }
  return problems.map((message) => ({
    state: 'bad',
    message,
    breaks: 'what rows let go of there is not listed, and the worker deletes nothing anywhere',
    fix: `${update}; of a table of another application that one; where that changes nothing, ${again}`,
  }));
}

/** The functions of our triggers that are not what the triggers say of themselves. */
async function alteredFunctions(
  database: Database,
  ownTables: readonly OwnTable[],
): Promise<string[]> {
  const names = JSON.stringify(ownTables.flatMap(({ triggerNames }) => triggerNames));
  const rows = await database.all<TriggerFunctionRow>(
    `select p.proname as "name", p.prosrc as "text", coalesce(${isGuarded}, false) as "guarded",
      pg_catalog.split_part(t.tgname, '_', 2) as "kind",
      pg_catalog.convert_from(pg_catalog.substr(t.tgargs, 1, pg_catalog.length(t.tgargs) - 1), pg_catalog.getdatabaseencoding())::jsonb as "argument"
    from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid
    where t.tgnargs = 1 and t.tgname in (select pg_catalog.jsonb_array_elements_text(?::jsonb))`,
    [names],
  );
  return [...new Set(rows.filter(isAltered).map(({ name }) => name))];
}

interface TriggerFunctionRow {
  readonly name: string;
  readonly text: string;
  readonly guarded: boolean;
  readonly kind: TriggerKind;
  readonly argument: FileTriggerArgument;
}

function isAltered({ name, text, guarded, kind, argument }: TriggerFunctionRow): boolean {
  const { journal: journalSchema, grace } = argument;
  const { ddl } = triggerFunctions(columnsIn(argument), { journalSchema, grace })[kind];
  // A schema update leaves out some of the white space.
  const [meant, found] = [ddl, `$fn$ ${text.trim()} $fn$`].map((sql) =>
    sql.replaceAll(/\s+/g, ' '),
  );
  return !guarded || !ddl.includes(`"${name}"()`) || !meant?.includes(found ?? '');
}
