import type { Database } from '../journal/database.ts';
import { fileVariantWork } from '../journal/file-variant-work.ts';
import { workerGrants } from '../journal/journal-grants.ts';
import { variantWorkTable } from '../journal/journal-names.ts';
import { qualified } from '../journal/sql-text.ts';
import { variantRights } from '../variants/variant-rights.ts';
import type { WorkColumn } from '../variants/variant-work.ts';
import type { CheckFinding } from './check-report.ts';
import { roleOf, type CheckedRole } from './check-rights.ts';
import { found } from './found.ts';
import { lackingColumns, usableIndexes, update } from './table-parts.ts';

type Finding = Omit<CheckFinding, 'subject'>;

/** What {@link checkVariants} looks at. */
export interface CheckedVariants extends CheckedRole {
  /** Columns whose variants are made in the background. */
  readonly workColumns: readonly WorkColumn[];
}

/** How long work may wait, in seconds. */
const late = 3600;

/** Failures after which an original that is put off for longer is told. */
const manyAttempts = 3;

/** Originals that are named. */
const named = 5;

/** Whether variants can be made in the background, and are. Of an application that asks for none there is nothing to say. */
export async function checkVariants(
  database: Database,
  checked: CheckedVariants,
): Promise<CheckFinding[]> {
  const { journalSchema, workColumns } = checked;
  if (workColumns.length === 0) return [];
  const unknown = { what: 'the catalog cannot be read', state: 'unknown' } as const;
  const table = await found('variants', unknown, async () => [
    await tableFinding(database, journalSchema),
  ]);
  if (table.some(({ state }) => state !== 'good')) return table;
  const unread = {
    what: 'the role cannot read what is to be made',
    state: 'unknown',
    fix: "check as the worker's role too",
  } as const;
  return [
    ...table,
    ...(await found("variants: worker's rights", unknown, async () =>
      rightsFindings(database, checked),
    )),
    ...(await found('variants: work', unread, async () => workFindings(database, journalSchema))),
  ];
}

async function tableFinding(database: Database, schema: string): Promise<Finding> {
  const declared = fileVariantWork(schema).meta;
  const columns = await lackingColumns(database, schema, declared);
  const usable = await usableIndexes(database, schema, variantWorkTable);
  const indexes = declared.indexes.flatMap(({ name = '' }) =>
    usable.has(name) ? [] : [`the index "${name}"`],
  );
  const missing = columns.length > 0 ? columns : indexes;
  const table = `"${schema}"."${variantWorkTable}"`;
  if (missing.length === 0) return { state: 'good', message: `${table} is there` };
  const isGone = columns.length === Object.keys(declared.properties).length;
  return {
    state: 'bad',
    message: `${table} ${isGone ? 'is not there' : `lacks ${missing.join(', ')}`}`,
    breaks: 'no image whose variants are made in the background can be written to its row',
    fix: update,
  };
}

async function rightsFindings(
  database: Database,
  { journalSchema, runsWorker, workColumns }: CheckedVariants,
): Promise<Finding[]> {
  const { problems } = await variantRights(database, journalSchema, workColumns);
  if (problems.length === 0) return [{ state: 'good', message: 'the role may make variants' }];
  const tables = new Map(
    workColumns.map(({ schema, table }) => [qualified(schema, table), { schema, name: table }]),
  );
  const grants = workerGrants({
    role: await roleOf(database),
    schema: journalSchema,
    tables: [...tables.values()].map((table) => ({ ...table, makesVariants: true })),
  });
  return problems.map((message) => ({
    state: runsWorker ? 'bad' : 'advice',
    message,
    breaks: runsWorker
      ? 'the worker of this process makes no variants'
      : 'this role cannot make variants in the background; another one has to',
    fix: grants.join(';\n'),
  }));
}

interface WorkRow {
  readonly count: number;
  /** Seconds. */
  readonly delay: number | null;
}

interface GivenUpRow {
  readonly storage: string;
  readonly name: string;
  readonly error: string | null;
  readonly count: number;
}

async function workFindings(database: Database, schema: string): Promise<Finding[]> {
  const work = qualified(schema, variantWorkTable);
  const [waiting = { count: 0, delay: null }] = await database.all<WorkRow>(
    `select count(*)::int as "count", extract(epoch from now() - min(w.due_at))::float8 as "delay" from ${work} w where w.due_at <= now()`,
  );
  const isGivenUp = `w.attempts >= ${manyAttempts} and w.due_at > now() + pg_catalog.make_interval(secs => ${late})`;
  const givenUp = await database.all<GivenUpRow>(
    `select w.storage as "storage", w.name as "name", w.last_error as "error", count(*) over ()::int as "count"
    from ${work} w where ${isGivenUp} order by w.id limit ${named}`,
  );
  const findings: Finding[] = [];
  const delay = waiting.delay ?? 0;
  if (delay >= late) {
    findings.push({
      state: 'advice',
      message: `${waiting.count} originals wait for their variants, the first for ${Math.floor(delay / late)} hours`,
      breaks: 'nobody makes them: pages show the originals, or wait while one is made on demand',
      fix: "run a worker where fileFields({ variants: { engine } }) has an engine: worker: 'auto' in a process that stays, filefield worker, or filefield drain by cron",
    });
  }
  if (givenUp.length > 0) {
    const shown = givenUp.map(
      ({ storage, name, error }) => `"${name}" in "${storage}" (${error ?? 'its process ended'})`,
    );
    findings.push({
      state: 'advice',
      message: `variants of ${givenUp[0]?.count} originals failed several times and wait, such as ${shown.join(', ')}`,
      breaks: 'pages show the originals',
      fix: `remove the cause, then let them be tried again: update ${work} w set attempts = 0, due_at = now() where ${isGivenUp}`,
    });
  }
  if (findings.length > 0) return findings;
  return [{ state: 'good', message: `${waiting.count} originals wait for their variants` }];
}
