import { defineStorages, MemoryStorage } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import type { Options } from '@mikro-orm/postgresql';
import { benchServer } from './bench-server.ts';
import { interleave, ratios, spread, timed, times } from './measure.ts';
import type { Timing } from './measure.ts';
import { sizes } from './sizes.ts';
import { judged, milliseconds, printTable, printTitle, ratio } from './table.ts';

const size = sizes({ rows: 5000, rounds: 3 }, { rows: 100_000, rounds: 5 });

const Document = defineEntity({
  name: 'Document',
  properties: (p) => ({
    id: p.integer().primary(),
    views: p.integer(),
    scan: fileField({ storage: 'private' }).nullable(),
  }),
});

await using server = await benchServer();
const connection = await server.createDatabase('bench');
const storages = defineStorages({ private: () => new MemoryStorage() });
const extensions = [fileFields({ storages, worker: 'manual' })];
await using orm = await MikroORM.init({
  ...connection,
  entities: [Document],
  extensions,
} as Options);
await orm.schema.create();
const client = await server.connect(connection);

// The same columns and indexes, without triggers.
await client.query('create table bare (like document including all)');

const file = (row: string, token: string): string =>
  `jsonb_build_object('storage', 'private', 'name', '${token}/' || md5(${row}::text) || '.png',
    'filename', 'file ' || ${row} || '.png', 'size', ${row} * 1000, 'type', 'image/png',
    'sha256', encode(sha256(${row}::text::bytea), 'hex'), 'uploadedAt', '2026-11-01T00:00:00.000Z')`;
const all = `generate_series(1, ${size.rows}) i`;
const insert = (table: string): string =>
  `insert into ${table} (id, views, scan) select i, i, ${file('i', 'old')} from ${all}`;

/** What is measured, and how the tables and the journal look before it. */
const statements: Record<string, { prepare: Preparation; sql: (table: string) => string }> = {
  'INSERT, names not listed': { prepare: 'empty', sql: insert },
  'INSERT, names listed by uploads': { prepare: 'listed', sql: insert },
  'UPDATE of another column': {
    prepare: 'filled',
    sql: (table) => `update ${table} set views = views + 1`,
  },
  'UPDATE of the file': {
    prepare: 'filled',
    sql: (table) => `update ${table} set scan = ${file('id', 'new')}`,
  },
  DELETE: { prepare: 'filled', sql: (table) => `delete from ${table}` },
  'DELETE, a foreign key refers to it': {
    prepare: 'noted',
    sql: (table) => `delete from ${table}`,
  },
};

type Preparation = 'empty' | 'listed' | 'filled' | 'noted';

const budgets: Record<string, number> = { DELETE: 10, 'DELETE, a foreign key refers to it': 2 };
const rows: string[][] = [];
for (const [name, { prepare, sql }] of Object.entries(statements)) {
  if (prepare === 'noted') await createNotes();
  const run = async (table: string): Promise<Timing> => {
    await fill(table, prepare);
    return {
      statement: await timed(async () => client.query(`begin; ${sql(table)}; commit`)),
    };
  };
  const timings = await interleave(
    { document: async () => run('document'), bare: async () => run('bare') },
    { rounds: size.rounds, warmup: 1 },
  );
  const found = spread(ratios(timings.document, timings.bare));
  const budget = budgets[name];
  rows.push([
    name,
    milliseconds(spread(times(timings.bare))),
    milliseconds(spread(times(timings.document))),
    budget === undefined ? ratio(found) : judged(found, budget),
  ]);
}
printTitle('Statements of many rows, with file triggers and without', size);
printTable(['statement', 'without', 'with triggers', 'ratio'], rows);

/** A foreign key to each table; it makes every DELETE dearer, so it comes last. */
async function createNotes(): Promise<void> {
  for (const table of ['document', 'bare']) {
    await client.query(`create table ${table}_note (id serial primary key,
      owner int not null references ${table} on delete cascade)`);
    await client.query(`create index on ${table}_note (owner)`);
  }
}

async function fill(table: string, prepare: Preparation): Promise<void> {
  await client.query('set session_replication_role = replica');
  await client.query(`truncate ${table}, file_journal cascade`);
  if (prepare === 'listed') {
    await client.query(`insert into file_journal (storage, name, reason, due_at)
      select 'private', 'old/' || md5(i::text) || '.png', 'upload', now() + interval '1 day' from ${all}`);
  }
  if (prepare === 'filled' || prepare === 'noted') await client.query(insert(table));
  if (prepare === 'noted') {
    await client.query(`insert into ${table}_note (owner) select id from ${table}`);
  }
  await client.query('set session_replication_role = origin');
  await client.query('vacuum analyze');
  await client.query('checkpoint');
}
