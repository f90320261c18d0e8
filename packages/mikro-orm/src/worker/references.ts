import type { Database } from '../journal/database.ts';
import type { FileColumn } from '../journal/file-column.ts';
import { listedVariants, possibleOriginals } from '../journal/listed-variants.ts';
import { literal } from '../journal/sql-text.ts';
import type { Reference } from './judge.ts';
import { documentValue, documentValues } from '../journal/document-values.ts';

/** A table of this process that must carry its current triggers before anything is deleted. */
export interface OwnTable {
  readonly schema: string;
  readonly table: string;
  /** The names of the triggers that its metadata asks for. */
  readonly triggerNames: readonly string[];
  /** Whether variants of its images are made in the background. */
  readonly makesVariants?: boolean;
}

/** A table of the database whose triggers say which of its columns hold files. */
export interface FileTable {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly FileColumn[];
}

interface TriggerRow {
  readonly schema: string;
  readonly table: string;
  readonly trigger: string;
  readonly enabled: boolean;
  readonly argument: string | null;
}

/**
 * Asks the catalog which tables, in any schema, carry our triggers: those of this process and of every other
 * application on the database. `problems` is not empty when one of `own` lacks its current triggers or when a
 * trigger cannot be understood: nothing may be deleted then.
 */
export async function fileTables(
  database: Database,
  own: readonly OwnTable[],
): Promise<{ tables: FileTable[]; problems: string[] }> {
  const triggers = await database.all<TriggerRow>(`
    select n.nspname as "schema", c.relname as "table", t.tgname as "trigger", t.tgenabled in ('O', 'A') as "enabled",
      case when t.tgnargs = 1 then pg_catalog.convert_from(pg_catalog.substr(t.tgargs, 1, pg_catalog.length(t.tgargs) - 1),
        pg_catalog.getdatabaseencoding()) end as "argument"
    from pg_catalog.pg_trigger t
      join pg_catalog.pg_class c on c.oid = t.tgrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where not t.tgisinternal and t.tgname ~ '^filefield_' and c.relpersistence <> 't'`);
  const problems = missingTriggers(own, triggers);
  // The TRUNCATE trigger outlives the last file field of a table: what it says may be old.
  const speaking = triggers.filter((row) => /^filefield_(?:ins|upd|del)_/.test(row.trigger));
  const tables = [...Map.groupBy(speaking, tableKey).values()].map((ofTable): FileTable => {
    const columns = new Map<string, FileColumn>();
    for (const trigger of ofTable) {
      const found = columnsOf(trigger.argument);
      if (!found)
        problems.push(
          `${cannotJudge(trigger)}: trigger "${trigger.trigger}" is of another version`,
        );
      for (const column of found ?? []) columns.set(JSON.stringify(column), column);
    }
    const [{ schema, table } = { schema: '', table: '' }] = ofTable;
    return { schema, table, columns: [...columns.values()] };
  });
  return { tables, problems };
}

/** A value with what else it was asked for. */
export type FoundReference<Fact extends string> = Reference & Readonly<Record<Fact, string | null>>;

/**
 * The values of a table that have one of the names, or list a variant that has. One statement for all columns, because a
 * name that moves from one column to another must be seen in one of them.
 *
 * @param facts What else each is asked for, by the keys of its JSON, of a variant those of its entry; `null` where it does not tell.
 */
export async function referencesIn<Fact extends string = never>(
  database: Database,
  table: FileTable,
  names: readonly string[],
  facts: readonly Fact[] = [],
): Promise<FoundReference<Fact>[]> {
  if (table.columns.length === 0) return [];
  const originals = [...new Set(names.flatMap(possibleOriginals))];
  const params: unknown[] = [JSON.stringify(names), JSON.stringify(originals)];
  const from = `${identifier(table.schema)}.${identifier(table.table)} t`;
  const selects = table.columns.flatMap((column) => {
    const value = `t.${identifier(column.column)}`;
    if (column.storage !== undefined) {
      const unknown = facts.map(() => 'null::text');
      // A null default compares as unknown, hence as owned.
      params.push(column.storage, column.default ?? null);
      return `select ${['?::text', `${value}::text`, `coalesce(${value} = ?::text, false)`, ...unknown].join(', ')} from ${from} where ${value} = ${wanted}`;
    }
    const lists = column.variants !== undefined && originals.length > 0;
    if (column.path !== undefined) {
      params.push(column.path, ...(lists ? [column.path] : []));
      const values = `${from}, ${documentValues(`${value}::jsonb`, '?::jsonpath')}`;
      return valuesNamed(documentValue, { values, facts, lists });
    }
    return valuesNamed(value, { values: from, facts, lists });
  });
  const columns = ['storage', 'name', 'borrowed', ...facts].map(identifier);
  return database.all<FoundReference<Fact>>(
    `with wanted as materialized (select array(select pg_catalog.jsonb_array_elements_text(?::jsonb)) as names,
      array(select pg_catalog.jsonb_array_elements_text(?::jsonb)) as originals)
    select ${columns.map((column) => `r.${column}`).join(', ')} from (${selects.join(' union ')}) r (${columns.join(', ')})`,
    params,
  );
}

const wanted = 'any ((select names from wanted)::text[])';
const wantedOriginals = 'any ((select originals from wanted)::text[])';

/** What has a name that is wanted, and where the column lists variants, those of them that have. */
function valuesNamed(
  value: string,
  { values, facts, lists }: { values: string; facts: readonly string[]; lists: boolean },
): string[] {
  const borrowed = `coalesce(${value} ->> 'owned' = 'false', false)`;
  const select = (name: string, tells: string): string => {
    const keys = facts.map((fact) => `${tells} ->> ${literal(fact)}`);
    return `select ${[`${value} ->> 'storage'`, name, borrowed, ...keys].join(', ')}`;
  };
  const named = `${value} ->> 'name'`;
  const found = `${select(named, value)} from ${values} where ${named} = ${wanted}`;
  if (!lists) return [found];
  const { from, name } = listedVariants(value);
  return [
    found,
    `${select(name, 'e.v')} from ${values}, ${from} where ${named} = ${wantedOriginals} and ${name} = ${wanted}`,
  ];
}

/** Quotes a name for a statement with placeholders. */
export function identifier(name: string): string {
  // A bare question mark would be a placeholder.
  return `"${name.replaceAll('"', '""').replaceAll('?', String.raw`\?`)}"`;
}

function missingTriggers(own: readonly OwnTable[], triggers: readonly TriggerRow[]): string[] {
  const enabled = new Set(
    triggers.filter((row) => row.enabled).map((row) => `${tableKey(row)} ${row.trigger}`),
  );
  return own
    .filter((table) =>
      table.triggerNames.some((name) => !enabled.has(`${tableKey(table)} ${name}`)),
    )
    .map((table) => `${cannotJudge(table)}: it lacks its current triggers, update the schema`);
}

function columnsOf(argument: string | null): FileColumn[] | undefined {
  try {
    const parsed: unknown = JSON.parse(argument ?? '');
    if (!isRecord(parsed) || parsed['v'] !== 1 || !Array.isArray(parsed['columns']))
      return undefined;
    const columns: unknown[] = parsed['columns'];
    return columns.every(isFileColumn) ? columns : undefined;
  } catch {
    return undefined;
  }
}

function isFileColumn(value: unknown): value is FileColumn {
  return (
    isRecord(value) &&
    typeof value['column'] === 'string' &&
    ['string', 'undefined'].includes(typeof value['path']) &&
    ['string', 'undefined'].includes(typeof value['storage']) &&
    ['string', 'undefined'].includes(typeof value['default']) &&
    ['listed', 'made', undefined].some((variants) => variants === value['variants'])
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function tableKey({ schema, table }: { schema: string; table: string }): string {
  return `${identifier(schema)}.${identifier(table)}`;
}

/** The beginning of every message that says why nothing is deleted. */
export function cannotJudge({ schema, table }: { schema: string; table: string }): string {
  return `Cannot tell which objects "${schema}"."${table}" refers to, nothing is deleted`;
}
