import { defineStorages, MemoryStorage } from '@filefield/core';
import type { FieldFile } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import type { EntityName, Options } from '@mikro-orm/postgresql';
import { benchServer } from './bench-server.ts';
import { collectGarbage, interleave, ratios, spread, timed, times } from './measure.ts';
import type { Timing, Timings } from './measure.ts';
import { sizes } from './sizes.ts';
import { judged, milliseconds, printTable, printTitle, ratio } from './table.ts';

const size = sizes({ rows: 1000, rounds: 5 }, { rows: 10_000, rounds: 21 });

const FileDocument = defineEntity({
  name: 'FileDocument',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string(),
    count: p.integer(),
    createdAt: p.datetime(),
    photo: fileField({ storage: 'private' }).nullable(),
    scan: fileField({ storage: 'private' }).nullable(),
  }),
});

const JsonDocument = defineEntity({
  name: 'JsonDocument',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string(),
    count: p.integer(),
    createdAt: p.datetime(),
    photo: p.json<object>().nullable(),
    scan: p.json<object>().nullable(),
  }),
});

const TextDocument = defineEntity({
  name: 'TextDocument',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string(),
    count: p.integer(),
    createdAt: p.datetime(),
    photo: p.string().nullable(),
    scan: p.string().nullable(),
  }),
});

await using server = await benchServer();
const connection = await server.createDatabase('bench');
const storages = defineStorages({ private: () => new MemoryStorage() });
const extensions = [fileFields({ storages, worker: 'manual' })];
await using files = await open({ entities: [FileDocument], extensions });
await using json = await open({ entities: [JsonDocument] });
await using text = await open({ entities: [TextDocument] });
await fill();

const timings = await interleave(
  {
    'file fields': async () => load(files, FileDocument),
    'file fields, every name and size read': async () => load(files, FileDocument, readAll),
    'p.json()': async () => load(json, JsonDocument),
    'p.string()': async () => load(text, TextDocument),
  },
  { rounds: size.rounds },
);

printTitle('Load and dirty check, two file columns', size);
const { 'p.json()': asJson, 'p.string()': asText } = timings;
printTable(
  ['variant', 'load', 'flush without a change', 'together', 'to p.json()', 'to p.string()'],
  Object.entries(timings).map(([name, own]) => [
    name,
    ...['load', 'check', undefined].map((step) => milliseconds(spread(times(own, step)))),
    ...[asJson, asText].map((base) => ratio(spread(ratios(own, base)))),
  ]),
);
printTable(
  ['step', 'file fields to p.json()', 'file fields to p.string()'],
  [
    ['load', ...steps('load')],
    ['flush without a change', ...steps('check')],
    [
      'together',
      judged(spread(ratios(timings['file fields'], asJson)), 0.95),
      judged(spread(ratios(timings['file fields'], asText)), 1.3),
    ],
  ],
);

async function load<Entity extends object>(
  orm: MikroORM,
  entity: EntityName<Entity>,
  use: (rows: readonly Entity[]) => void = () => {},
): Promise<Timing> {
  const em = orm.em.fork();
  collectGarbage();
  let count = 0;
  const loading = await timed(async () => {
    const rows = await em.findAll(entity);
    count = rows.length;
    use(rows);
  });
  const check = await timed(async () => em.flush());
  if (count !== size.rows) throw new Error(`${count} rows instead of ${size.rows}`);
  return { load: loading, check };
}

interface Files {
  readonly photo?: FieldFile | null | undefined;
  readonly scan?: FieldFile | null | undefined;
}

function readAll(rows: readonly Files[]): void {
  let length = 0;
  for (const { photo, scan } of rows) {
    length += (photo?.name?.length ?? 0) + (photo?.size ?? 0);
    length += (scan?.name?.length ?? 0) + (scan?.size ?? 0);
  }
  if (length === 0) throw new Error('nothing was read');
}

function steps(step: string): string[] {
  const own: Timings = timings['file fields'];
  return [asJson, asText].map((base) => ratio(spread(ratios(own, base, step))));
}

async function open(options: Options): Promise<MikroORM> {
  return MikroORM.init({ ...connection, ...options } as Options);
}

/** The same values in three tables; every other row has no second file. */
async function fill(): Promise<void> {
  for (const orm of [files, json, text]) await orm.schema.create();
  const client = await server.connect(connection);
  const row = (directory: string, extension: string, type: string): string =>
    `jsonb_build_object('storage', 'private', 'name', '${directory}/2026/' || md5(i::text) || '.${extension}',
      'filename', 'file ' || i || '.${extension}', 'size', i * 1000, 'type', '${type}',
      'sha256', encode(sha256(i::text::bytea), 'hex'), 'uploadedAt', '2026-11-01T00:00:00.000Z')`;
  const columns = 'title, count, created_at, photo, scan';
  await client.query(`insert into file_document (${columns})
    select 'title ' || i, i, now(), ${row('photos', 'png', 'image/png')},
      case when i % 2 = 0 then ${row('scans', 'pdf', 'application/pdf')} end
    from generate_series(1, ${size.rows}) i`);
  await client.query(
    `insert into json_document (${columns}) select ${columns} from file_document order by id`,
  );
  await client.query(`insert into text_document (${columns})
    select title, count, created_at, photo ->> 'name', scan ->> 'name' from file_document order by id`);
  await client.query('vacuum analyze');
}
