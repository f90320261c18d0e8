import { MemoryStorage } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../../packages/mikro-orm/src/journal/journal.ts';
import { lease } from '../../../packages/mikro-orm/src/worker/lease.ts';
import { dangling, pausing, removeGuard, withoutFence } from './races.ts';
import { createWorld, file, outcome } from './world.ts';
import type { World } from './world.ts';

const table = '"public"."file_journal"';

describe.each(['read committed', 'repeatable read', 'serializable'])('at %s, a writer', (level) => {
  it('whose snapshot is older than its announcement keeps its file', async () => {
    const world = await createWorld();
    const writer = await world.begin(level);
    await writer.query('select 1 from t');
    await world.put('a.txt');
    await writer.query('insert into t (a) values ($1)', [file('a.txt')]);
    await writer.query('commit');

    await world.makeDue();
    await world.worker().drain();

    expect(await world.objects()).toEqual(['a.txt']);
  });

  it('that comes after its announcement expired and was reclaimed is refused', async () => {
    const world = await createWorld();
    const writer = await world.begin(level);
    await writer.query('select 1 from t');
    await world.put('a.txt', { due: '-1 second' });
    await world.worker().drain();

    const late = await outcome(writer.query('insert into t (a) values ($1)', [file('a.txt')]));

    expect(late).toMatch(/^(23503|23505|40001)$/);
    expect(await world.objects()).toEqual([]);
  });

  it('that copies a name while its source is deleted keeps the file', async () => {
    const world = await createWorld();

    await copyInFlight(world, level);
    const during = await dangling(world);
    await world.makeDue();
    await world.worker().drain();

    expect(during).toEqual([]);
    expect(await world.objects()).toEqual(['a.txt']);
  });

  it('that read a name before it was released and reclaimed is refused', async () => {
    const world = await createWorld();

    const late = await writeKnownName(world, level);

    expect(late).toMatch(/^(23503|23505|40001)$/);
    expect(await dangling(world)).toEqual([]);
  });

  it('that claims a name while it is being leased waits, and is refused', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    const paused = pausing(world.database);
    const leasing = lease(paused.database, table, placesOf(world), 10);
    await paused.reached;
    const writer = await world.begin(level);
    const late = outcome(writer.query('insert into t (a) values ($1)', [file('a.txt')]));

    paused.go();
    await leasing;

    expect(await late).toMatch(/^(23503|23505|40001)$/);
  });

  it('that has claimed a name keeps the worker off it, and gives it back by a rollback', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    const writer = await world.begin(level);
    await writer.query('insert into t (a) values ($1)', [file('a.txt')]);

    const during = await world.worker().drain();
    await writer.query('rollback');
    await world.makeDue();
    const after = await world.worker().drain();

    expect(during.reclaimed).toBe(0);
    expect(after.reclaimed).toBe(1);
  });

  it('that moves a name between two rows keeps the file', async () => {
    const world = await createWorld();
    await world.put('a.txt');
    await world.sql('insert into t (a) values ($1), (null)', [file('a.txt')]);
    await world.sql(`insert into file_journal (storage, name) values ('media', 'a.txt')`);
    const writer = await world.begin(level);
    await writer.query('update t set a = case when a is null then $1::jsonb end', [file('a.txt')]);

    await world.worker().drain();
    await writer.query('commit');

    expect(await dangling(world)).toEqual([]);
    expect(await world.objects()).toEqual(['a.txt']);
  });

  it('is refused a leased name under a second alias of the same place', async () => {
    const world = await twoAliases();
    await world.put('a.txt', { due: '-1 second' });
    await lease(world.database, table, placesOf(world), 10);
    const writer = await world.begin(level);

    const late = await outcome(
      writer.query('insert into t (a) values ($1)', [file('a.txt', 'mirror')]),
    );

    expect(late).toMatch(/^(23503|23505|40001)$/);
  });

  it('that uses a second alias while the name is being leased never dangles', async () => {
    const world = await twoAliases();
    await world.put('a.txt', { due: '-1 second' });

    await writeUnderSecondAlias(world, level);

    expect(await dangling(world)).toEqual([]);
  });
});

describe('without the fence', () => {
  it('a name copied while its source is deleted dangles', async () => {
    const world = await createWorld();

    await copyInFlight(world, 'read committed', withoutFence(world.database));

    expect(await dangling(world)).toEqual(['a.txt']);
  });

  it('a name written under a second alias while it is being leased dangles', async () => {
    const world = await twoAliases();
    await world.put('a.txt', { due: '-1 second' });

    await writeUnderSecondAlias(world, 'read committed', withoutFence(world.database));

    expect(await dangling(world)).toEqual(['a.txt']);
  });
});

describe.each(['repeatable read', 'serializable'])('without the guard, at %s,', (level) => {
  it('a name known from an old snapshot dangles', async () => {
    const world = await createWorld();
    await removeGuard(world);

    const late = await writeKnownName(world, level);

    expect(late).toBe('ok');
    expect(await dangling(world)).toEqual(['a.txt']);
  });
});

function placesOf(world: World) {
  const aliases = Object.keys(world.storages);
  const location = 'memory://media/';
  return [{ location, locations: [location], storages: [world.storages['media']!], aliases }];
}

async function twoAliases(): Promise<World> {
  const storage = new MemoryStorage({ id: 'media' });
  return await createWorld({ media: storage, mirror: storage });
}

/** A copies the row's value and stays open, the row is deleted, the worker runs, A commits. */
async function copyInFlight(world: World, level: string, database = world.database): Promise<void> {
  await world.put('a.txt');
  await world.sql('insert into t (a) values ($1)', [file('a.txt')]);
  const writer = await world.begin(level);
  await writer.query('insert into t (a) select a from t');
  await world.sql('delete from t');
  await world.worker({ database }).drain();
  await writer.query('commit');
}

/** A reads a value, the row is deleted and reclaimed, A writes what it read. */
async function writeKnownName(world: World, level: string): Promise<string> {
  await world.put('a.txt');
  await world.sql('insert into t (a) values ($1)', [file('a.txt')]);
  const writer = await world.begin(level);
  await writer.query('select a from t');
  await world.sql('delete from t');
  await world.worker().drain();
  const written = await outcome(
    writer
      .query('insert into t (a) values ($1)', [file('a.txt')])
      .then(async () => await writer.query('commit')),
  );
  await writer.query('rollback');
  return written;
}

/** A writes the name under the alias "mirror" while the lease under "media" is not committed yet. */
async function writeUnderSecondAlias(
  world: World,
  level: string,
  database = world.database,
): Promise<void> {
  // Made now, so that the lease is the worker's first transaction.
  await new Journal(world.database).identity();
  const paused = pausing(database);
  const draining = world.worker({ database: paused.database, patience: 300 }).drain();
  await paused.reached;
  const writer = await world.begin(level);
  const written = outcome(writer.query('insert into t (a) values ($1)', [file('a.txt', 'mirror')]));
  await waitUntilSettledOrBlocked(world, written);
  paused.go();
  await draining;
  await written;
  await writer.query('commit');
}

/** The statement is over, or waits for a lock. */
async function waitUntilSettledOrBlocked(world: World, written: Promise<string>): Promise<void> {
  let settled = false;
  void written.then(() => (settled = true));
  for (;;) {
    const [row] = await world.sql<{ blocked: boolean }>(
      `select exists (select from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock' and query like 'insert into t%') as blocked`,
    );
    if (settled || row?.blocked) return;
  }
}
