import { Routine, type EntitySchema } from '@mikro-orm/core';
import { describe, expect, it } from 'vitest';
import { fileVariantWork } from '../../../packages/mikro-orm/src/journal/file-variant-work.ts';
import { createDatabase } from '../../support/database.ts';
import {
  entityWith,
  fileOrm,
  functionsOf,
  migrate,
  migrationsDirectory,
  triggersOf,
} from './file-orm.ts';

const functions = [
  'claim',
  'entries',
  'hold',
  'identity',
  'listed',
  'renew',
  'restore',
  'schedule',
  'uploads',
  'withdraw',
];
const all = ['m:del', 'm:ins', 'm:truncate', 'm:upd'];

interface Step {
  step: string;
  from: EntitySchema[];
  to: EntitySchema[];
  triggers: string[];
}

const steps: Step[] = [
  { step: 'gets its first file', from: [entityWith()], to: [entityWith('a')], triggers: all },
  {
    step: 'gets a second file',
    from: [entityWith('a')],
    to: [entityWith('a', 'b')],
    triggers: all,
  },
  {
    step: 'loses one of two files',
    from: [entityWith('a', 'b')],
    to: [entityWith('b')],
    triggers: all,
  },
  {
    step: 'loses its last file',
    from: [entityWith('b')],
    to: [entityWith()],
    triggers: ['m:truncate'],
  },
  { step: 'is dropped', from: [entityWith('b')], to: [], triggers: [] },
];

describe('schema:create', () => {
  it('emits journal, functions, triggers and index, and leaves nothing to update', async () => {
    const orm = await fileOrm(await createDatabase(), [entityWith('a')]);

    await orm.schema.create();

    expect(await triggersOf(orm)).toEqual(all);
    expect(await functionsOf(orm)).toEqual(functions);
    expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });

  it('can be repeated after schema:drop', async () => {
    const orm = await fileOrm(await createDatabase(), [entityWith('a')]);
    await orm.schema.create();

    await orm.schema.drop();
    await orm.schema.create();

    expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });

  it('puts the journal where it is told', async () => {
    const orm = await fileOrm(await createDatabase(), [entityWith('a')], {
      journalSchema: 'files',
    });

    await orm.schema.create();
    await orm.em
      .getConnection()
      .execute(`insert into m (a) values ('{"storage":"p","name":"n1"}')`);
    await orm.em.getConnection().execute('delete from m');

    expect(await orm.em.getConnection().execute('select name from files.file_journal')).toEqual([
      { name: 'n1' },
    ]);
    expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });
});

describe('schema:update', () => {
  it.each(steps)('has its triggers right when a table $step', async ({ from, to, triggers }) => {
    const database = await createDatabase();
    const before = await fileOrm(database, from);
    await before.schema.create();
    const orm = await fileOrm(database, to);

    await orm.schema.update();

    expect(await triggersOf(orm)).toEqual(triggers);
    expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
    expect(await functionsOf(orm)).toEqual(functions);
  });

  it('leaves a table that can be truncated when it lost its last file', async () => {
    const database = await createDatabase();
    const before = await fileOrm(database, [entityWith('a')]);
    await before.schema.create();
    const orm = await fileOrm(database, [entityWith()]);
    await orm.schema.update();

    await orm.em.getConnection().execute('insert into m default values; truncate m');

    expect(await orm.em.getConnection().execute('select * from file_journal')).toEqual([]);
  });

  it('brings new functions and keeps the rights on them', async () => {
    const orm = await fileOrm(await createDatabase(), [entityWith('a')]);
    await orm.schema.create();
    const connection = orm.em.getConnection();
    const [index] = await connection.execute<{ name: string }[]>(
      `select indexname as name from pg_indexes where indexname ~ '^file_journal_due_'`,
    );
    await connection.execute(`alter index "${index!.name}" rename to file_journal_due_old;
      create or replace function filefield_hold(of_storage text, of_name text) returns integer language sql as 'select -1';
      grant execute on function filefield_hold to pg_monitor`);

    await orm.schema.update();

    expect(
      await connection.execute(
        `select filefield_hold('p', 'n1') as held, has_function_privilege('pg_monitor', 'filefield_hold(text, text)', 'execute') as granted`,
      ),
    ).toEqual([{ held: 0, granted: true }]);
    expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });
});

describe('the user’s own routines', () => {
  const own = new Routine({
    name: 'one',
    type: 'function',
    params: {},
    returns: { runtimeType: 'number', columnType: 'integer' },
    body: 'select 1',
  });

  it('live beside the journal’s functions', async () => {
    const orm = await fileOrm(await createDatabase(), [entityWith('a')], { routines: [own] });

    await orm.schema.create();

    expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
    expect(await orm.em.getConnection().execute('select one()')).toEqual([{ one: 1 }]);
    expect(await functionsOf(orm)).toEqual(functions);
  });

  it('are dropped as ever when they leave the configuration', async () => {
    const database = await createDatabase();
    const before = await fileOrm(database, [entityWith('a')], { routines: [own] });
    await before.schema.create();
    const orm = await fileOrm(database, [entityWith('a')]);

    const sql = await orm.schema.getUpdateSchemaSQL({ wrap: false });

    expect(sql.trim()).toBe('drop function if exists "one"();');
  });
});

describe.each([
  { where: 'with a snapshot', snapshot: true },
  { where: 'without a snapshot', snapshot: false },
])('migration:create $where', ({ snapshot }) => {
  it.each(steps)('has its triggers right when a table $step', async ({ from, to, triggers }) => {
    const database = await createDatabase();
    const migrations = {
      path: await migrationsDirectory(),
      snapshot,
      silent: true,
      emit: 'ts',
    } as const;
    const before = await fileOrm(database, from, { migrations });
    const first = await migrate(before, 'first');
    const orm = await fileOrm(database, to, { migrations });

    const second = await migrate(orm, 'second');

    expect([first.again, second.again]).toEqual([[], []]);
    expect(await triggersOf(orm)).toEqual(triggers);
    expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });
});

describe('the entity of the journal', () => {
  it('is discovered where the user prefers TypeScript entities', async () => {
    const database = await createDatabase();
    const entitiesTs = [entityWith('a')];

    const orm = await fileOrm(database, [], { entitiesTs, preferTs: true });

    expect(orm.getMetadata().getByClassName('FileJournal').tableName).toBe('file_journal');
    expect(entitiesTs).toHaveLength(1);
  });

  it('reads what the triggers wrote', async () => {
    const orm = await fileOrm(await createDatabase(), [entityWith('a')]);
    await orm.schema.create();
    await orm.em
      .getConnection()
      .execute(`insert into m (a) values ('{"storage":"p","name":"n1"}')`);
    await orm.em.getConnection().execute('delete from m');

    const [entry] = await orm.em
      .fork()
      .findAll(orm.getMetadata().getByClassName('FileJournal').class);

    expect(entry).toMatchObject({ storage: 'p', name: 'n1', reason: 'released', state: 0 });
    expect(entry?.value).toEqual({ storage: 'p', name: 'n1' });
  });
});

describe('the table of variants to be made', () => {
  it('is created once, by schema updates and by migrations', async () => {
    const database = await createDatabase();
    const before = await fileOrm(database, [entityWith('a')]);
    await before.schema.create();
    const migrations = { path: await migrationsDirectory(), silent: true, emit: 'ts' } as const;
    const orm = await fileOrm(database, [entityWith('a'), fileVariantWork()], { migrations });

    const { up, again } = await migrate(orm, 'variants');

    expect(up.join()).toContain('create table "file_variant_work"');
    expect(again).toEqual([]);
    expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });
});

describe('the index on names', () => {
  it('is a hash that answers which rows reference a name', async () => {
    const orm = await fileOrm(await createDatabase(), [entityWith('a')]);
    await orm.schema.create();

    const rows = await orm.em
      .getConnection()
      .execute<{ definition: string }[]>(
        `select regexp_replace(indexdef, '.* USING', 'USING') as definition from pg_indexes where indexname ~ '^filefield_'`,
      );

    expect(rows).toEqual([{ definition: `USING hash (((a ->> 'name'::text)))` }]);
  });
});
