import { defineStorages, MemoryStorage } from '@filefield/core';
import { fileField, fileFields, imageField } from '@filefield/mikro-orm';
import type { FileFieldOptions, FileFieldsOptions, ImageFieldOptions } from '@filefield/mikro-orm';
import { Migrator } from '@mikro-orm/migrations';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import type { EntitySchema, Options } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { migrate, migrationsDirectory } from './journal/file-orm.ts';

type Fields = Record<string, FileFieldOptions & { readonly index?: boolean }>;

/** The table `letter` with these file fields. */
function letter(fields: Fields): EntitySchema {
  return defineEntity({
    name: 'Letter',
    properties: (p) => ({
      id: p.integer().primary(),
      ...Object.fromEntries(
        Object.entries(fields).map(([name, options]) => [name, fileField(options).nullable()]),
      ),
    }),
  }) as EntitySchema;
}

async function open(
  database: TestDatabase,
  fields: Fields,
  { files, orm: options }: { files?: Partial<FileFieldsOptions>; orm?: Options } = {},
): Promise<MikroORM> {
  const storages = defineStorages({
    default: () => new MemoryStorage(),
    other: () => new MemoryStorage(),
  });
  const orm = await MikroORM.init({
    ...database.connection,
    entities: [letter(fields)],
    extensions: [fileFields({ storages, worker: 'manual', ...files }), Migrator],
    ...options,
  });
  onTestFinished(() => orm.close(true));
  return orm;
}

/** What the ORM would still change. */
async function difference(orm: MikroORM): Promise<string> {
  return (await orm.schema.getUpdateSchemaSQL()).trim();
}

async function triggerNames(orm: MikroORM): Promise<string[]> {
  const rows = await orm.em
    .getConnection()
    .execute<{ name: string }[]>(
      `select tgname as name from pg_trigger where not tgisinternal order by 1`,
    );
  return rows.map(({ name }) => name);
}

async function indexNames(orm: MikroORM): Promise<string[]> {
  const rows = await orm.em
    .getConnection()
    .execute<{ name: string }[]>(
      `select indexname as name from pg_indexes where tablename = 'letter' and indexname ~ '^filefield_' order by 1`,
    );
  return rows.map(({ name }) => name);
}

interface Change {
  change: string;
  before: Fields;
  after: Fields;
  files?: Partial<FileFieldsOptions>;
  /** Indexes and triggers afterwards. */
  indexes: number;
  triggers: number;
}

const changes: Change[] = [
  { change: 'a first field', before: {}, after: { scan: {} }, indexes: 1, triggers: 4 },
  { change: 'no field any more', before: { scan: {} }, after: {}, indexes: 0, triggers: 1 },
  {
    change: 'another onReplace',
    before: { scan: { onReplace: 'keep' } },
    after: { scan: {} },
    indexes: 1,
    triggers: 4,
  },
  {
    change: 'no index any more',
    before: { scan: {} },
    after: { scan: { index: false } },
    indexes: 0,
    triggers: 4,
  },
];

describe('schema:create', () => {
  it.each([
    { fields: 'no field', model: {}, indexes: 0 },
    { fields: 'a field', model: { scan: {} }, indexes: 1 },
    { fields: 'a field without index', model: { scan: { index: false } }, indexes: 0 },
  ])('leaves nothing to update: $fields', async ({ model, indexes }) => {
    const orm = await open(await createDatabase(), model);

    await orm.schema.create();

    expect(await difference(orm)).toBe('');
    expect(await indexNames(orm)).toHaveLength(indexes);
  });

  it('works in the schema that the ORM is told', async () => {
    const orm = await open(await createDatabase(), { scan: {} }, { orm: { schema: 'app' } });

    await orm.schema.create();

    const rows = await orm.em
      .getConnection()
      .execute(`select schemaname, tablename from pg_tables where schemaname = 'app' order by 2`);
    expect(rows).toEqual([
      { schemaname: 'app', tablename: 'file_journal' },
      { schemaname: 'app', tablename: 'letter' },
    ]);
    expect(await difference(orm)).toBe('');
  });
});

describe('schema:update', () => {
  it.each(changes)('follows $change, and has nothing more to do', async (change) => {
    const database = await createDatabase();
    const before = await open(database, change.before);
    await before.schema.create();
    const orm = await open(database, change.after, { files: change.files ?? {} });

    await orm.schema.update();

    expect(await difference(orm)).toBe('');
    expect(await triggerNames(orm)).toHaveLength(change.triggers);
    expect(await indexNames(orm)).toHaveLength(change.indexes);
  });

  it.each([
    { option: 'onDelete', field: { onDelete: 'keep' }, files: {} },
    { option: 'onReplace', field: { onReplace: 'keep' }, files: {} },
    { option: 'grace', field: {}, files: { grace: '1h' } },
  ] as const)('brings new triggers for another $option', async ({ field, files }) => {
    const database = await createDatabase();
    const before = await open(database, { scan: {} });
    await before.schema.create();
    const old = await triggerNames(before);
    const orm = await open(database, { scan: field }, { files });

    await orm.schema.update();

    const unchanged = (await triggerNames(orm)).filter((name) => old.includes(name));
    expect(unchanged).not.toEqual(old);
    expect(unchanged).toContain('filefield_truncate');
  });

  it('has nothing to do for options that the database does not know', async () => {
    const database = await createDatabase();
    const before = await open(database, { scan: {} });
    await before.schema.create();

    const orm = await open(
      database,
      { scan: { storage: 'other', uploadTo: 'scans/', maxSize: 5, allowEmpty: true } },
      { files: { uploadTimeout: '1h', tombstone: '48h', concurrency: 2 } },
    );

    expect(await difference(orm)).toBe('');
  });
});

describe('migration:create', () => {
  it.each(changes)('follows $change, and a second one is empty', async (change) => {
    const database = await createDatabase();
    const path = await migrationsDirectory();
    const migrations = { path, silent: true, emit: 'ts' } as const;
    const before = await open(database, change.before, { orm: { migrations } });
    const first = await migrate(before, 'first');
    const orm = await open(database, change.after, {
      files: change.files ?? {},
      orm: { migrations },
    });

    const second = await migrate(orm, 'second');

    expect([first.again, second.again]).toEqual([[], []]);
    expect(await difference(orm)).toBe('');
    expect(await triggerNames(orm)).toHaveLength(change.triggers);
    expect(await indexNames(orm)).toHaveLength(change.indexes);
  });
});

describe('the table of variants to be made', () => {
  const openAlbum = async (
    database: TestDatabase,
    image: ImageFieldOptions,
    files: Partial<FileFieldsOptions> = {},
    options: Options = {},
  ): Promise<MikroORM> => {
    const storages = defineStorages({ default: () => new MemoryStorage() });
    const variants = { engine: { render: () => Promise.reject(new Error('not asked')) } };
    const album = defineEntity({
      name: 'Album',
      properties: (p) => ({ id: p.integer().primary(), cover: imageField(image).nullable() }),
    });
    const orm = await MikroORM.init({
      ...database.connection,
      entities: [album],
      extensions: [fileFields({ storages, worker: 'manual', variants, ...files }), Migrator],
      ...options,
    });
    onTestFinished(() => orm.close(true));
    return orm;
  };
  const workTables = `select schemaname from pg_tables where tablename = 'file_variant_work'`;

  it('is beside the journal as long as a field has them made in the background', async () => {
    const database = await createDatabase();
    const files = { journal: { schema: 'files' } };
    const before = await openAlbum(database, { placeholder: true }, files);
    await before.schema.create();
    const made = [await difference(before), await before.em.execute(workTables)];
    const orm = await openAlbum(database, { placeholder: true, generate: 'on-demand' }, files);

    await orm.schema.update();

    expect(made).toEqual(['', [{ schemaname: 'files' }]]);
    expect([await difference(orm), await orm.em.execute(workTables)]).toEqual(['', []]);
  });

  it('comes and goes with migrations, and a second one is empty', async () => {
    const database = await createDatabase();
    const path = await migrationsDirectory();
    const migrations = { migrations: { path, silent: true, emit: 'ts' } } as const;
    const first = await migrate(await openAlbum(database, {}, {}, migrations), 'first');
    const made = await openAlbum(database, { placeholder: true }, {}, migrations);
    const second = await migrate(made, 'second');

    const third = await migrate(await openAlbum(database, {}, {}, migrations), 'third');

    expect([first.again, second.again, third.again]).toEqual([[], [], []]);
    expect(second.up.join()).toContain('create table "file_variant_work"');
    expect(await made.em.execute(workTables)).toEqual([]);
  });
});
