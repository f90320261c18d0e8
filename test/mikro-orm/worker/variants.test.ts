import { MemoryStorage } from '@filefield/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { lease } from '../../../packages/mikro-orm/src/worker/lease.ts';
import { pausing } from './races.ts';
import { createWorld, file, outcome } from './world.ts';

const world = await createWorld({
  media: new MemoryStorage({ id: 'media' }),
  other: new MemoryStorage({ id: 'other' }),
});
await world.table('plain', [{ column: 'a' }], 'create table plain (a jsonb)');
await world.table(
  'legacy',
  [{ column: 'a', storage: 'media' }],
  'create table legacy (a varchar(255))',
);
beforeEach(async () => {
  await world.sql(`truncate t, plain, legacy; delete from file_journal where reason <> 'identity'`);
  await world.storages['media']!.reclaim(await world.objects());
});

/** A value that lists variants. */
function image(name: string, files: readonly string[], alias = 'media', more: object = {}): string {
  const variants = Object.fromEntries(files.map((each) => [each, { name: each, size: 1 }]));
  return file(name, alias, { variants, ...more });
}

const small = 'a.png.v/s.webp';

describe('a variant that is due', () => {
  it.each([
    ['a value lists it', 't (a)', image('a.png', ['s.webp']), 'kept'],
    ['its original is referred to, and lists others', 't (a)', image('a.png', ['m']), 'reclaimed'],
    ['its original is referred to, and lists none', 't (a)', file('a.png'), 'reclaimed'],
    ['a value in a document lists it', 't (r)', inDocument(image('a.png', ['s.webp'])), 'kept'],
    [
      'a value of an alias that nobody knows lists it',
      't (a)',
      image('a.png', ['s.webp'], 'gone'),
      'kept',
    ],
    [
      'a value of another place lists it',
      't (a)',
      image('a.png', ['s.webp'], 'other'),
      'reclaimed',
    ],
    [
      'a value that does not own its original lists it',
      't (a)',
      image('a.png', ['s.webp'], 'media', { owned: false }),
      'postponed',
    ],
    ['a value has its whole name', 'plain (a)', file(small), 'kept'],
    [
      'a column of another application says so',
      'plain (a)',
      image('a.png', ['s.webp']),
      'reclaimed',
    ],
    ['a column of names has its original', 'legacy (a)', 'a.png', 'reclaimed'],
    [
      'what stands there is no list',
      't (a)',
      file('a.png', 'media', { variants: ['s.webp'] }),
      'reclaimed',
    ],
  ])('where %s', async (_, into, value, told) => {
    await world.put(small);
    await world.sql(`insert into ${into} values ($1)`, [value]);
    await world.sql(`delete from file_journal where reason <> 'identity'`);
    await world.sql(`insert into file_journal (storage, name) values ('media', $1)`, [small]);

    const report = await world.worker().drain();

    expect(report).toMatchObject({ kept: 0, reclaimed: 0, postponed: 0, problems: [], [told]: 1 });
    expect(await world.objects()).toEqual(told === 'reclaimed' ? [] : [small]);
  });

  it.each([
    ['of the first', 'a', 'b.v/c'],
    ['of the second', 'a.v/b', 'c'],
  ])(
    'stays where one of several originals that it may be of lists it: %s',
    async (_, name, part) => {
      await world.put('a.v/b.v/c');
      await world.sql('insert into t (a) values ($1)', [image(name, [part])]);
      await world.sql(`insert into file_journal (storage, name) values ('media', 'a.v/b.v/c')`);

      const report = await world.worker().drain();

      expect(report).toMatchObject({ kept: 1, reclaimed: 0 });
    },
  );

  it('stays where one of two rows that share its original lets go of it', async () => {
    await world.put('a.png');
    await world.put(small);
    const value = image('a.png', ['s.webp']);
    await world.sql('insert into t (id, a) values (1, $1), (2, $1)', [value]);
    await world.sql(`update t set a = a - 'variants' where id = 1`);

    const before = await world.worker().drain();
    await world.sql('delete from t');
    const after = await world.worker().drain();

    expect(before).toMatchObject({ kept: 1, reclaimed: 0 });
    expect(after).toMatchObject({ kept: 0, reclaimed: 2 });
    expect(await world.objects()).toEqual([]);
  });
});

describe('listing a variant', () => {
  it('waits while it is being leased, and fails', async () => {
    await world.sql('insert into t (id, a) values (1, $1)', [file('a.png')]);
    await world.put(small, { due: '-1 second' });
    const paused = pausing(world.database);
    const place = { location: 'memory://media/', locations: ['memory://media/'] };
    const leasing = lease(
      paused.database,
      '"public"."file_journal"',
      [{ ...place, storages: [], aliases: ['media'] }],
      10,
    );
    await paused.reached;
    const writer = await world.begin();
    const listing = `update t set a = jsonb_set(a, '{variants}', '{"s":{"name":"s.webp"}}')`;
    const late = outcome(writer.query(listing));

    paused.go();
    await leasing;

    expect(await late).toBe('23503');
  });

  it('keeps the worker off it until the end of its transaction', async () => {
    await world.sql('insert into t (id, a) values (1, $1)', [file('a.png')]);
    await world.put(small, { due: '-1 second' });
    const writer = await world.begin();
    await writer.query(`update t set a = jsonb_set(a, '{variants}', '{"s":{"name":"s.webp"}}')`);

    const during = await world.worker().drain();
    await writer.query('rollback');
    const after = await world.worker().drain();

    expect(during).toMatchObject({ kept: 0, reclaimed: 0 });
    expect(after).toMatchObject({ kept: 0, reclaimed: 1 });
  });
});

function inDocument(value: string): string {
  return `[{"pic":${value}}]`;
}
