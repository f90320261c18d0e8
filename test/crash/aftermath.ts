import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileRow } from '@filefield/core';
import { bytesOf, locations } from './documents.ts';
import type { Documents, Place } from './documents.ts';
import { pictureLines, pictureObjects, pictureViolations } from './picture-aftermath.ts';
import type { PictureRow } from './pictures.ts';
import { readS3, s3Strays } from './s3-place.ts';

/** What a test finds after processes were killed. */
export interface Aftermath {
  /** One line for each row: its files and what their bytes are. */
  readonly rows: readonly string[];
  /** What must never be, one sentence each. */
  readonly violations: readonly string[];
}

/** Looks at the rows, lets everything due be reclaimed, and looks again, at the disk too. */
export async function aftermathOf(documents: Documents, place: Place): Promise<Aftermath> {
  const query = queryOf(documents);
  const first = await inspect(query, place);
  const problems = await reclaimEverything(documents);
  const second = await inspect(query, place, true);
  const left = await leftovers(documents, place);
  const changed = first.rows.join('\n') === second.rows.join('\n') ? [] : ['The rows have changed'];
  return {
    rows: second.rows,
    violations: [...first.violations, ...second.violations, ...problems, ...changed, ...left],
  };
}

interface DocRow {
  id: number;
  label: string;
  file: FileRow | null;
  old_label: string;
  old: FileRow | null;
}

/** Runs a statement and answers its rows. */
export type Query = <Row extends object>(statement: string) => Promise<Row[]>;

/** Asks through the ORM's connection. */
export function queryOf({ orm }: Documents): Query {
  return async (statement) => orm.em.getConnection().execute(statement);
}

/**
 * Reads every row and, past all of the library, the bytes that it refers to.
 * @param isOver Whether every variant must be there by now. Default: those that are listed.
 */
export async function inspect(query: Query, place: Place, isOver = false): Promise<Aftermath> {
  const violations: string[] = [];
  const docs = await query<DocRow>(`${docsOf(place)} order by id`);
  const rows = docs.map(({ id, label, file, old_label, old }) => {
    const files = [
      file === null ? [] : [`file: ${file.filename} of ${label}`],
      old === null ? [] : [`old: ${old.filename} of ${old_label}`],
    ];
    return [id, files.flat().join(', ')].filter((part) => part !== '').join(' ');
  });
  for (const doc of docs) {
    violations.push(
      ...(await violationsOf(`row ${doc.id}`, doc.label, doc.file, place)),
      ...(await violationsOf(`row ${doc.id}`, doc.old_label, doc.old, place)),
    );
  }
  const pictures = await query<PictureRow>(`${picturesOf(place)} order by id`);
  const bytesOfImage = async (file: FileRow): Promise<Buffer> =>
    await bytesAt(pathOf(file, place), place);
  violations.push(...(await pictureViolations({ rows: pictures, bytesOf: bytesOfImage, isOver })));
  return { rows: [...rows, ...pictureLines(pictures)], violations };
}

async function violationsOf(
  row: string,
  label: string,
  file: FileRow | null,
  place: Place,
): Promise<string[]> {
  if (file === null) return label === '' ? [] : [`Half written: ${row} has no file of "${label}"`];
  const about = `${row} with "${file.name}" of "${label}"`;
  let bytes: Buffer;
  try {
    bytes = await bytesAt(pathOf(file, place), place);
  } catch (error) {
    return [`Dangling: ${about}: ${String(error)}`];
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return [
    ...(sha256 === file.sha256 ? [] : [`Other bytes than the row says: ${about}`]),
    ...(bytes.byteLength === file.size ? [] : [`Another size than the row says: ${about}`]),
    ...(bytes.equals(await bytesOf(label)) ? [] : [`Other bytes than were saved: ${about}`]),
  ];
}

/** Makes everything due, leases and tombstones too, and drains until nothing more happens. */
async function reclaimEverything(documents: Documents): Promise<string[]> {
  return await drainUntil(
    documents,
    `select (select count(*) from file_journal where ${isLeft})::int
      + (select count(*) from public.file_variant_work)::int as count`,
  );
}

/** The same until this application has made all variants of its rows. */
export async function finishVariantsOf(documents: Documents): Promise<void> {
  await drainUntil(
    documents,
    `select count(*)::int as count from public.file_variant_work where schema_name = 'second'`,
  );
}

async function drainUntil(documents: Documents, left: string): Promise<string[]> {
  let problems: string[] = [];
  for (let round = 0; round < 20; round += 1) {
    await sql(documents, `update public.file_journal set due_at = now() where due_at < 'infinity'`);
    await sql(documents, `update public.file_variant_work set due_at = now()`);
    const report = await documents.files.worker.drain();
    problems = [...report.problems, ...(report.variants?.problems ?? [])];
    const [still] = await sql<{ count: number }>(documents, left);
    if (still?.count === 0) return problems;
  }
  return [...problems, 'Cannot work off what is due'];
}

/** Held rows stay for ever, and so does the journal's identity. */
const isLeft = `reason <> 'identity' and not (state = 0 and due_at = 'infinity')`;

function docsOf({ tables = ['doc'] }: Place): string {
  const columns = 'id, label, file, old_label, old';
  return tables.map((table) => `select ${columns} from ${table}`).join(' union all ');
}

function picturesOf({ tables = ['doc'] }: Place): string {
  const columns = 'id, label, image, stamp_label, stamp';
  return tables
    .map((table) => `select ${columns} from ${table.replace(/doc$/, 'picture')}`)
    .join(' union all ');
}

/** What the journal and the disk hold beyond what rows refer to. */
async function leftovers(documents: Documents, place: Place): Promise<string[]> {
  const journal = await sql<object>(documents, `select * from file_journal where ${isLeft}`);
  const values = await sql<{ value: FileRow }>(
    documents,
    `with docs as (${docsOf(place)}) select file as value from docs where file is not null
    union all select old from docs where old is not null union all select jsonb_build_object('storage', storage, 'name', name) from file_journal where due_at = 'infinity' and storage <> ''`,
  );
  const pictures = await sql<PictureRow>(documents, picturesOf(place));
  const objects = [...values.map(({ value }) => value), ...pictureObjects(pictures)];
  const expected = new Set(objects.map((object) => pathOf(object, place)));
  const found = await objectsAt(place);
  return [
    ...journal.map((row) => `Left in the journal: ${JSON.stringify(row)}`),
    ...found
      .filter((path) => !expected.has(path))
      .map((path) => `Left in the storage: ${relative(place.directory, path)}`),
  ];
}

/** Every object, and what unfinished writes left, by its path. */
export async function objectsAt(place: Place): Promise<string[]> {
  const directories = new Set(Object.values(place.aliases ?? locations));
  const found = [...directories].map(async (location) => straysOf(location, place));
  return (await Promise.all(found)).flat();
}

async function bytesAt(path: string, { directory, s3 }: Place): Promise<Buffer> {
  return s3 === undefined ? readFile(path) : readS3(s3, relative(directory, path));
}

async function straysOf(location: string, { directory, s3 }: Place): Promise<string[]> {
  if (s3 === undefined) return strays(join(directory, location));
  const found = await s3Strays(s3, location);
  return found.map((path) => join(directory, path));
}

/** Every file of a location but its owner, and every empty directory but that of unfinished files. */
async function strays(location: string): Promise<string[]> {
  const entries = await readdir(location, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  const own = ['.filefield', '.filefield/tmp', '.filefield/owner'].map((name) =>
    join(location, name),
  );
  return paths.filter(
    (path) => !own.includes(path) && !paths.some((other) => other.startsWith(`${path}/`)),
  );
}

function pathOf({ storage, name }: Pick<FileRow, 'storage' | 'name'>, place: Place): string {
  const location = Object.entries(place.aliases ?? locations).find(
    ([alias]) => alias === storage,
  )?.[1];
  return join(place.directory, location ?? `no storage "${storage}"`, name);
}

/** Waits until the server has ended the transactions of processes that are gone. */
export async function othersGone(documents: Documents): Promise<void> {
  const [own] = await sql<{ pid: number }>(documents, 'select pg_backend_pid() as pid');
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const others = await sql(
      documents,
      `select 1 from pg_stat_activity where datname = current_database() and pid <> ${own?.pid ?? 0} and backend_type = 'client backend' and state is distinct from 'idle'`,
    );
    if (others.length === 0) return;
    await sleep(10);
  }
  throw new Error('Connections of killed processes do not end');
}

async function sql<Row extends object>(documents: Documents, statement: string): Promise<Row[]> {
  return documents.orm.em.getConnection().execute<Row[]>(statement);
}
