import { defineStorages } from '@filefield/core';
import type { FieldFile } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import type { FileFieldOptions, FileFieldsOptions } from '@filefield/mikro-orm';
import { Migrator } from '@mikro-orm/migrations';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import type { EntitySchema, Options } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrate, migrationsDirectory } from './journal/file-orm.ts';
import { createApp, stem, text } from './support.ts';
import type { App } from './support.ts';

interface Letter {
  id: number;
  scan?: FieldFile | null;
  seal?: FieldFile | null;
}

type Fields = Record<string, FileFieldOptions>;

function letter(fields: Fields): EntitySchema<Letter> {
  return defineEntity({
    name: 'Letter',
    properties: (p) => ({
      id: p.integer().primary(),
      ...Object.fromEntries(
        Object.entries(fields).map(([name, options]) => [name, fileField(options).nullable()]),
      ),
    }),
  }) as EntitySchema<Letter>;
}

/** The next version of an application, on the same database and the same storages. */
async function upgrade(
  app: App,
  model: Fields | EntitySchema[],
  files: Partial<FileFieldsOptions> = {},
  options: Options = {},
): Promise<MikroORM> {
  const storages = defineStorages({ default: () => app.storage, other: () => app.other });
  const extension = fileFields({ storages, worker: 'manual', grace: '0ms', ...files });
  const orm = await MikroORM.init({
    ...app.database.connection,
    entities: Array.isArray(model) ? model : [letter(model)],
    extensions: [extension, Migrator],
    ...options,
  });
  onTestFinished(() => orm.close(true));
  return orm;
}

/** Two letters with a file in each of these fields, written by the first version. */
async function write(app: App, entity: EntitySchema<Letter>, fields: Fields): Promise<void> {
  const em = app.em();
  for (const number of [1, 2]) {
    const files = Object.keys(fields).map((name) => [name, text(`${name}${number}.txt`)]);
    em.create(entity, Object.fromEntries(files));
  }
  await em.flush();
}

const ways: { way: string; apply: (orm: MikroORM) => Promise<string> }[] = [
  {
    way: 'schema:update',
    async apply(orm) {
      await orm.schema.update();
      return (await orm.schema.getUpdateSchemaSQL()).trim();
    },
  },
  {
    way: 'a migration',
    async apply(orm) {
      const { again } = await migrate(orm, 'second');
      return again.join('\n');
    },
  },
];

const forms = [{ column: 'json' }, { column: 'name' }] as const;
const cases = ways.flatMap((way) => forms.map((form) => ({ ...way, ...form })));
/** Both forms reclaim, so that what the new triggers do can be seen. */
const owned = { onDelete: 'reclaim', onReplace: 'reclaim' } as const;

async function openFirst(fields: Fields, way: string): Promise<{ app: App; options: Options }> {
  const path = await migrationsDirectory();
  const options: Options = { migrations: { path, silent: true, emit: 'ts' } };
  const entity = letter(fields);
  const app = await createApp([entity], {
    orm: { ...options, extensions: [Migrator] },
    prepare: way === 'a migration' ? async (orm) => void (await migrate(orm, 'first')) : undefined,
  });
  await write(app, entity, fields);
  return { app, options };
}

describe.each(cases)('$way of a table with files (column: $column)', ({ way, column, apply }) => {
  it('adds a field: old rows stay, new files are followed', async () => {
    const before = { scan: { column, ...owned } };
    const { app, options } = await openFirst(before, way);
    const after = { ...before, seal: { column, ...owned, storage: 'other' } };
    const orm = await upgrade(app, after, {}, options);

    const again = await apply(orm);
    const em = orm.em.fork();
    const [first] = await em.find(letterOf(orm), {}, { orderBy: { id: 1 } });
    first!.seal = text('seal.txt');
    await em.flush();
    await em.remove(first!).flush();

    expect(again).toBe('');
    expect(await first!.scan!.text().catch(() => 'gone')).toBe('scan1.txt');
    expect(await app.journal()).toEqual(['scan1.txt released due', 'seal.txt released due']);
  });

  it('removes a field: the others are followed as before', async () => {
    const before = { scan: { column, ...owned }, seal: { column, ...owned } };
    const { app, options } = await openFirst(before, way);
    const orm = await upgrade(app, { seal: before.seal }, {}, options);

    const again = await apply(orm);
    await app.sql('delete from letter where id = 1');
    await app.sql('truncate letter');

    expect(again).toBe('');
    // Nobody tells a trigger of DROP COLUMN: the objects stay, and reconcile finds them.
    expect(await app.journal()).toEqual(['seal1.txt released due', 'seal2.txt released due']);
    expect(await app.objects()).toEqual(['scan1.txt', 'scan2.txt', 'seal1.txt', 'seal2.txt']);
  });

  it('renames a field: its files stay, and are followed under the new name', async () => {
    const { app, options } = await openFirst({ scan: { column, ...owned } }, way);
    const orm = await upgrade(app, { seal: { column, ...owned } }, {}, options);

    const again = await apply(orm);
    const em = orm.em.fork();
    const letters = await em.find(letterOf(orm), {}, { orderBy: { id: 1 } });
    await app.sql('delete from letter where id = 1');

    expect(again).toBe('');
    expect(letters.map(({ seal }) => stem(seal!.name!))).toEqual(['scan1.txt', 'scan2.txt']);
    expect(await app.journal()).toEqual(['scan1.txt released due']);
  });

  it.each([
    { option: 'onDelete', field: { onDelete: 'keep' }, files: {}, entry: 'kept held' },
    { option: 'grace', field: {}, files: { grace: '7d' }, entry: 'released later' },
    { option: 'uploadTo', field: { uploadTo: 'x/' }, files: {}, entry: 'released due' },
  ] as const)('follows another $option', async ({ field, files, entry }) => {
    const { app, options } = await openFirst({ scan: { column, ...owned } }, way);
    const orm = await upgrade(app, { scan: { column, ...owned, ...field } }, files, options);

    const again = await apply(orm);
    await app.sql('delete from letter where id = 1');

    expect(again).toBe('');
    expect(await app.journal()).toEqual([`scan1.txt ${entry}`]);
  });
});

/** Boxes whose files lie in a JSON document. */
function boxes(...files: string[]): EntitySchema[] {
  const Content = defineEntity({
    name: 'Content',
    embeddable: true,
    properties: () =>
      Object.fromEntries(files.map((name) => [name, fileField(owned).nullable()] as const)),
  });
  const Box = defineEntity({
    name: 'Box',
    properties: (p) => ({
      id: p.integer().primary(),
      content: () => p.embedded(Content).object(),
    }),
  });
  return [Box, Content] as EntitySchema[];
}

describe.each(ways)('$way of a table with files in a document', ({ way, apply }) => {
  it('follows a file more in the document, though no column changes', async () => {
    const path = await migrationsDirectory();
    const options: Options = { migrations: { path, silent: true, emit: 'ts' } };
    const first = boxes('scan');
    const app = await createApp(first, {
      orm: { ...options, extensions: [Migrator] },
      prepare:
        way === 'a migration' ? async (orm) => void (await migrate(orm, 'first')) : undefined,
    });
    const em = app.em();
    em.create(first[0]!, { content: { scan: text('scan.txt') } } as never);
    await em.flush();
    const [Box, Content] = boxes('scan', 'theSeal');
    const orm = await upgrade(app, [Box!, Content!], {}, options);

    const again = await apply(orm);
    const next = orm.em.fork();
    const [box] = (await next.find(Box!, {})) as { content: { theSeal?: FieldFile } }[];
    box!.content.theSeal = text('seal.txt');
    await next.flush();
    await app.sql('delete from box');

    expect(again).toBe('');
    expect(await app.journal()).toEqual(['scan.txt released due', 'seal.txt released due']);
  });
});

/** Both modes leave the triggers that are there. */
const careful = [
  {
    mode: '--safe',
    what: 'a renamed field',
    field: 'seal',
    files: {},
    entry: 'released due',
  },
  {
    mode: '--safe',
    what: 'another grace',
    field: 'scan',
    files: { grace: '7d' },
    entry: 'released later',
  },
  {
    mode: 'ignoreTriggers',
    what: 'another grace',
    field: 'scan',
    files: { grace: '7d' },
    entry: 'released later',
  },
] as const;
const carefully = careful.flatMap((change) => forms.map((form) => ({ ...change, ...form })));

describe('schema:update that drops no triggers', () => {
  it.each(carefully)(
    'puts new ones in their place: $mode, $what (column: $column)',
    async ({ mode, column, field, files, entry }) => {
      const { app } = await openFirst({ scan: { column, ...owned } }, 'schema:update');
      const options = { schemaGenerator: { ignoreTriggers: mode === 'ignoreTriggers' } };
      const orm = await upgrade(app, { [field]: { column, ...owned } }, files, options);
      const update = { safe: mode === '--safe' };

      await orm.schema.update(update);
      await app.sql('insert into letter (id) values (3)');
      await app.sql('delete from letter where id = 1');

      expect((await orm.schema.getUpdateSchemaSQL(update)).trim()).toBe('');
      expect(await app.journal()).toEqual([`scan1.txt ${entry}`]);
    },
  );
});

describe.each(forms)('schema:update --safe (column: $column)', ({ column }) => {
  it('leaves a field that lost its property as it was: followed by the older triggers', async () => {
    const before = { scan: { column, ...owned }, seal: { column, ...owned } };
    const { app } = await openFirst(before, 'schema:update');
    const orm = await upgrade(app, { scan: before.scan });

    await orm.schema.update({ safe: true });
    await app.sql('delete from letter where id = 1');

    // Both list the file that both know; the worker takes two entries for one.
    expect(await app.journal()).toEqual([
      'scan1.txt released due',
      'scan1.txt released due',
      'seal1.txt released due',
    ]);
    expect(await app.reclaim()).toEqual(['scan2.txt', 'seal2.txt']);
  });
});

it('schema:update allows another default of a column of names whose files are held', async () => {
  const { app } = await openFirst({ scan: { column: 'name', default: 'a.png' } }, 'schema:update');
  await app.sql(`update letter set scan = 'a.png'`);
  const orm = await upgrade(app, { scan: { column: 'name', default: 'b.png' } });

  await orm.schema.update();

  expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
});

describe.each(forms)('migration:down (column: $column)', ({ column }) => {
  it('brings the former field back, with its files and its triggers', async () => {
    const { app, options } = await openFirst({ scan: { column, ...owned } }, 'a migration');
    const orm = await upgrade(app, { seal: { column, ...owned } }, { grace: '7d' }, options);
    await migrate(orm, 'second');

    await orm.migrator.down();
    await app.sql('delete from letter where id = 1');

    const [found] = await app.em().find(letterOf(app.orm), {});
    expect(await found!.scan!.text()).toBe('scan2.txt');
    expect(await app.journal()).toEqual(['scan1.txt released due']);
  });
});

it('migration:down without snapshots fails, because MikroORM cannot read triggers, and changes nothing', async () => {
  const { app, options } = await openFirst({ scan: owned }, 'a migration');
  const migrations = { ...options.migrations, snapshot: false };
  const orm = await upgrade(app, { scan: owned }, { grace: '7d' }, { migrations });
  await migrate(orm, 'second');

  await expect(orm.migrator.down()).rejects.toThrow(/syntax error/);

  expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
});

describe.each(ways)('$way', ({ way, apply }) => {
  it('refuses another storage for a column of names that has files', async () => {
    const { app, options } = await openFirst({ scan: { column: 'name' } }, way);
    const orm = await upgrade(app, { scan: { column: 'name', storage: 'other' } }, {}, options);

    const work = apply(orm);

    await expect(work).rejects.toThrow(
      /cannot change the storage of scan from "default" to "other": the table has files, migrate them first/,
    );
    await app.sql('delete from letter where id = 1');
    expect(await app.journal()).toEqual(['scan1.txt kept held']);
  });

  it.each([
    { when: 'the table is empty', sql: 'delete from letter' },
    { when: 'no row has a file', sql: `update letter set scan = case id when 1 then '' end` },
  ])('allows it when $when', async ({ sql }) => {
    const { app, options } = await openFirst({ scan: { column: 'name' } }, way);
    await app.sql(sql);
    const orm = await upgrade(app, { scan: { column: 'name', storage: 'other' } }, {}, options);

    expect(await apply(orm)).toBe('');
  });

  it('allows another storage for a JSON column: each row says its own', async () => {
    const { app, options } = await openFirst({ scan: {} }, way);
    const orm = await upgrade(app, { scan: { storage: 'other' } }, {}, options);

    expect(await apply(orm)).toBe('');
    const found = await orm.em.fork().findOneOrFail(letterOf(orm), 1);
    expect(await found.scan!.text()).toBe('scan1.txt');
  });

  it('makes a column of names longer', async () => {
    const { app, options } = await openFirst({ scan: { column: 'name', maxLength: 100 } }, way);
    const orm = await upgrade(app, { scan: { column: 'name', maxLength: 300 } }, {}, options);

    expect(await apply(orm)).toBe('');
    expect(await (await orm.em.fork().findOneOrFail(letterOf(orm), 1)).scan!.text()).toBe(
      'scan1.txt',
    );
  });

  it('refuses to cut the names in a column of names', async () => {
    const scan = { column: 'name', uploadTo: 'scans/' } as const;
    const { app, options } = await openFirst({ scan }, way);
    const rows = await app.sql('select * from letter order by id');
    const orm = await upgrade(app, { scan: { ...scan, maxLength: 32 } }, {}, options);

    await expect(apply(orm)).rejects.toThrow(/value too long for type character varying\(32\)/);

    expect(await app.sql('select * from letter order by id')).toEqual(rows);
  });

  it('refuses another default while rows hold the former one, which they would reclaim', async () => {
    const scan = { column: 'name', ...owned, default: 'old.png' } as const;
    const { app, options } = await openFirst({ scan }, way);
    await app.sql(`update letter set scan = 'old.png' where id = 1`);
    const orm = await upgrade(app, { scan: { ...scan, default: 'new.png' } }, {}, options);

    await expect(apply(orm)).rejects.toThrow(
      /cannot change the default of scan from "old\.png": rows hold it and would own it, change them first/,
    );

    await app.sql('delete from letter where id = 1');
    expect(await app.journal()).toEqual(['scan1.txt released due']);
    expect(await apply(orm)).toBe('');
  });

  it.each([
    {
      from: 'json',
      to: 'name',
      message: /cannot keep only the names in scan: the table has files/,
    },
    { from: 'name', to: 'json', message: /invalid input syntax for type json/ },
  ] as const)('refuses to turn files from $from to $to', async ({ from, to, message }) => {
    const { app, options } = await openFirst({ scan: { column: from } }, way);
    const rows = await app.sql('select * from letter order by id');
    const orm = await upgrade(app, { scan: { column: to } }, {}, options);

    await expect(apply(orm)).rejects.toThrow(message);

    expect(await app.sql('select * from letter order by id')).toEqual(rows);
  });
});

describe.each(forms)('a schema with files (column: $column)', ({ column }) => {
  const fields = { scan: { column, ...owned } };

  it('works after schema:fresh as before it', async () => {
    const entity = letter(fields);
    const app = await createApp([entity]);
    await write(app, entity, fields);

    await app.orm.schema.refresh();
    await write(app, entity, fields);
    await app.sql('delete from letter where id = 1');

    expect((await app.orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
    expect(await app.journal()).toEqual(['scan1.txt released due']);
  });

  it('is gone after schema:drop, but for functions that nobody calls', async () => {
    const entity = letter(fields);
    const app = await createApp([entity]);
    await write(app, entity, fields);

    await app.orm.schema.drop();

    expect(await app.sql(`select tablename from pg_tables where schemaname = 'public'`)).toEqual(
      [],
    );
    expect(await app.sql('select tgname from pg_trigger where not tgisinternal')).toEqual([]);
    await app.orm.schema.create();
    expect((await app.orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });

  it('is emptied by schema.clear(), the journal too', async () => {
    const entity = letter(fields);
    const app = await createApp([entity]);
    await write(app, entity, fields);

    await app.orm.schema.clear();

    expect(await app.sql('select id from letter')).toEqual([]);
    expect(await app.journal()).toEqual([]);
  });
});

/** The entity of this version. */
function letterOf(orm: MikroORM): EntitySchema<Letter> {
  return orm.getMetadata().getByClassName('Letter').class as never;
}
