import { describe, expect, it } from 'vitest';
import { workerGrants } from '../../../packages/mikro-orm/src/journal/journal-grants.ts';
import { createWorld, file } from './world.ts';

const textTable = (schema: string, name: string): string =>
  `create schema if not exists ${schema}; create table ${schema}.${name} (id serial, doc jsonb)`;

describe('a second application on the same database', () => {
  it('keeps its files, in a schema that this process does not know', async () => {
    const world = await createWorld();
    await world.table('papers', [{ column: 'doc' }], textTable('other', 'papers'), 'other');
    await world.put('a.txt');
    await world.sql('insert into other.papers (doc) values ($1)', [file('a.txt')]);
    await world.sql(`insert into file_journal (storage, name) values ('media', 'a.txt')`);

    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 0, kept: 1, problems: [] });
    expect(await world.objects()).toEqual(['a.txt']);
  });

  it('keeps its files in a column that holds only names', async () => {
    const world = await createWorld();
    await world.table(
      'legacy',
      [{ column: 'file', storage: 'media', default: 'default.png' }],
      'create table legacy (file varchar(255))',
    );
    await world.sql(`insert into legacy values ('a.txt'), ('default.png')`);
    await world.sql(
      `insert into file_journal (storage, name) values ('media', 'a.txt'), ('media', 'default.png')`,
    );

    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 0, kept: 1, postponed: 1 });
  });

  it('keeps its files in columns and tables whose names need quoting', async () => {
    const world = await createWorld();
    await world.table(
      'What "else"?',
      [{ column: 'is "it"?' }, { column: 'all', path: '$."p?"[*]."pic"' }],
      `create table "What ""else""?" ("is ""it""?" jsonb, "all" jsonb)`,
    );
    await world.sql(`insert into "What ""else""?" values ($1, $2)`, [
      file('a.txt'),
      `{"p?":[{"pic":${file('b.txt')}}]}`,
    ]);
    await world.sql(
      `insert into file_journal (storage, name) values ('media', 'a.txt'), ('media', 'b.txt')`,
    );

    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 0, kept: 2, problems: [] });
  });
});

describe('nothing is deleted, and the reason is reported,', () => {
  it.each([
    ['lacks a trigger', (name: string) => `drop trigger "${name}" on t`],
    ['has a disabled trigger', (name: string) => `alter table t disable trigger "${name}"`],
    ['is gone', () => 'drop table t'],
  ])('when a table of this process %s', async (_, ddl) => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    await world.sql(ddl(world.ownTables[0]!.triggerNames[0]!));

    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 0, postponed: 0 });
    expect(report.problems).toEqual([
      'Cannot tell which objects "public"."t" refers to, nothing is deleted: it lacks its current triggers, update the schema',
    ]);
    expect(await world.journal()).toMatchObject([{ name: 'a.txt', state: 0 }]);
  });

  it('when a column that a trigger names was renamed', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    await world.sql('alter table t rename column a to b');

    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 0, postponed: 1 });
    expect(report.problems[0]).toMatch(/^Cannot tell which objects "public"."t" refers to.*exist/);
    expect(await world.journal()).toMatchObject([{ name: 'a.txt', state: 0 }]);
  });

  it('when a trigger is of a version that this worker does not understand', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    await world.sql('create table newer (f jsonb)');
    await world.sql(
      `create function later() returns trigger language plpgsql as 'begin return null; end'`,
    );
    await world.sql(
      `create trigger filefield_ins_0 after insert on newer execute function later('{"v":2}')`,
    );

    const report = await world.worker().drain();

    expect(report.reclaimed).toBe(0);
    expect(report.problems).toEqual([
      'Cannot tell which objects "public"."newer" refers to, nothing is deleted: trigger "filefield_ins_0" is of another version',
    ]);
  });

  it('when a table may not be read', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    const database = await world.databaseOfRole('blind', grants([]));

    const report = await world.worker({ database }).drain();

    expect(report.reclaimed).toBe(0);
    expect(report.problems[0]).toMatch(/"public"."t".*permission denied for table t/);
    expect(await world.objects()).toEqual(['a.txt']);
  });

  it('when row level security hides rows of a table', async () => {
    const world = await createWorld();
    await world.put('a.txt');
    await world.sql('insert into t (a) values ($1)', [file('a.txt')]);
    await world.sql(`insert into file_journal (storage, name) values ('media', 'a.txt')`);
    await world.sql('alter table t enable row level security');
    const database = await world.databaseOfRole('filtered', grants([{ name: 't' }]));

    const report = await world.worker({ database }).drain();

    expect(report.reclaimed).toBe(0);
    expect(report.problems[0]).toMatch(/"public"."t".*row-level security/);
    expect(await world.objects()).toEqual(['a.txt']);
  });
});

describe('a worker that may see past row level security', () => {
  it('finds the reference that a policy hides', async () => {
    const world = await createWorld();
    await world.put('a.txt');
    await world.sql('insert into t (a) values ($1)', [file('a.txt')]);
    await world.put('b.txt', { due: '-1 second' });
    await world.sql(`insert into file_journal (storage, name) values ('media', 'a.txt')`);
    await world.sql('alter table t enable row level security');
    const database = await world.databaseOfRole('bypassing', [
      ...grants([{ name: 't' }]),
      'alter role ROLE bypassrls',
    ]);

    const report = await world.worker({ database }).drain();

    expect(report).toMatchObject({ reclaimed: 1, kept: 1, problems: [] });
  });
});

describe('the rights of a role', () => {
  it('are enough with the grants of the documentation', async () => {
    const world = await createWorld();
    const database = await world.databaseOfRole('complete', grants([{ name: 't' }]));

    const missing = await world.worker({ database }).checkRights();

    expect(missing).toEqual([]);
  });

  it('are named where they are missing', async () => {
    const world = await createWorld();
    await world.sql('create table secret (doc jsonb)');
    await world.table('hidden', [{ column: 'doc' }], 'create table hidden (doc jsonb)');
    await world.sql('alter table t enable row level security');
    const database = await world.databaseOfRole('partial', [
      'grant select, delete on file_journal to ROLE',
      'grant select on t to ROLE',
    ]);

    const missing = await world.worker({ database }).checkRights();

    expect(missing).toEqual([
      'Cannot reclaim files: the role lacks INSERT, UPDATE on "public"."file_journal"',
      'Cannot reclaim files: the role lacks USAGE on the sequence of "public"."file_journal"',
      'Cannot reclaim files: the role lacks EXECUTE on "public"."filefield_identity"(), or the schema needs an update',
      'Cannot reclaim files: the role lacks SELECT on "public"."hidden"',
      'Cannot reclaim files: the role lacks BYPASSRLS, a policy hides rows of "public"."t"',
    ]);
  });
});

function grants(tables: readonly { name: string }[]): string[] {
  return workerGrants({ role: 'ROLE', tables }).map((grant) => grant.replaceAll('"ROLE"', 'ROLE'));
}
