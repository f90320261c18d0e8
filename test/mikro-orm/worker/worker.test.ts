import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryStorage } from '@filefield/core';
import { describe, expect, it, vi } from 'vitest';
import { StubbornStorage } from './stubborn-storage.ts';
import { createWorld, file, outcome } from './world.ts';
import type { World } from './world.ts';

describe('draining', () => {
  it('deletes what is due and not referenced, and bars its name', async () => {
    const world = await createWorld();
    await world.put('gone.txt', { due: '-1 second' });
    await world.put('later.txt');

    const report = await world.worker().drain();
    const late = await outcome(world.sql('insert into t (a) values ($1)', [file('gone.txt')]));

    expect(report).toMatchObject({ reclaimed: 1, kept: 0, postponed: 0, failed: 0, problems: [] });
    expect(await world.objects()).toEqual(['later.txt']);
    expect(await world.journal()).toMatchObject([
      { name: 'gone.txt', state: 2 },
      { name: 'later.txt', state: 0 },
    ]);
    expect(late).toBe('23503');
  });

  it('keeps what a row refers to, in a column or inside a json array', async () => {
    const world = await createWorld();
    await world.put('a.txt');
    await world.put('b.txt');
    await world.sql('insert into t (a, r) values ($1, $2)', [
      file('a.txt'),
      `[{"pic":${file('b.txt')}}]`,
    ]);
    await release(world, 'a.txt', 'b.txt');

    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 0, kept: 2 });
    expect(await world.objects()).toEqual(['a.txt', 'b.txt']);
    expect(await world.journal()).toEqual([]);
  });

  it('goes on, batch by batch, until nothing is due', async () => {
    const world = await createWorld();
    await world.sql(
      `insert into file_journal (storage, name) select 'media', 'f' || i from generate_series(1, 7) i`,
    );

    const report = await world.worker({ batch: 2 }).drain();

    expect(report.reclaimed).toBe(7);
  });

  it('has two batches deleted while it leases the next, and no more', async () => {
    const storage = new StubbornStorage({ id: 'media' });
    const world = await createWorld({ media: storage });
    const gate = Promise.withResolvers<void>();
    storage.gate = gate.promise;
    await release(world, 'a.txt', 'b.txt', 'c.txt', 'd.txt');

    const drained = world.worker({ batch: 1 }).drain();
    await vi.waitFor(async () => expect(await leased(world)).toBe(3), { timeout: 15_000 });
    await sleep(200);
    const begun = storage.deletions;
    gate.resolve();

    expect(begun).toBe(2);
    expect(await drained).toMatchObject({ reclaimed: 4, problems: [] });
  });

  it('is shared by several workers without doing anything twice', async () => {
    const storage = new StubbornStorage({ id: 'media' });
    const world = await createWorld({ media: storage });
    await world.sql(
      `insert into file_journal (storage, name) select 'media', 'f' || i from generate_series(1, 60) i`,
    );

    const reports = await Promise.all(
      [1, 2, 3].map(async () => await world.worker({ batch: 7 }).drain()),
    );

    expect(reports.map((report) => report.reclaimed).reduce((sum, one) => sum + one)).toBe(60);
    expect(storage.deletions).toBe(60);
  });

  it('deletes an object that is listed twice once', async () => {
    const world = await createWorld();
    await release(world, 'a.txt', 'a.txt');

    const report = await world.worker().drain();

    expect(report.reclaimed).toBe(1);
    expect(await world.journal()).toMatchObject([{ name: 'a.txt', state: 2 }]);
  });

  it.each([
    ['held', 'infinity'],
    ['due later', 'tomorrow'],
  ])('leaves an object alone that is also %s', async (_, due) => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    await world.sql(
      `insert into file_journal (storage, name, reason, due_at) values ('media', 'a.txt', 'kept', $1)`,
      [due],
    );

    const report = await world.worker().drain();

    expect(report.reclaimed).toBe(0);
    expect(await world.objects()).toEqual(['a.txt']);
    expect(await world.journal()).toMatchObject([{ name: 'a.txt', state: 0, reason: 'kept' }]);
  });

  it('puts an object back that only values refer to which do not own it', async () => {
    const world = await createWorld();
    await world.sql('insert into t (a) values ($1)', [file('a.txt', 'media', { owned: false })]);
    await release(world, 'a.txt');

    const report = await world.worker().drain();
    const again = await outcome(world.sql('insert into t (a) values ($1)', [file('a.txt')]));

    expect(report).toMatchObject({ reclaimed: 0, kept: 0, postponed: 1 });
    expect(again).toBe('ok');
  });

  it('waits for older transactions, and comes back to what they kept it from', async () => {
    const world = await createWorld();
    const older = await world.begin();
    await older.query('insert into t default values');
    await world.put('a.txt', { due: '-1 second' });

    const during = await world.worker().drain();
    await older.query('commit');
    await world.makeDue();
    const after = await world.worker().drain();

    expect(during).toMatchObject({ reclaimed: 0, postponed: 1 });
    expect(after).toMatchObject({ reclaimed: 1, postponed: 0 });
  });

  it('does not keep a name barred for older transactions while a row refers to it', async () => {
    const world = await createWorld();
    await world.put('a.txt');
    await world.sql('insert into t (a) values ($1)', [file('a.txt')]);
    await release(world, 'a.txt');
    const older = await world.begin();
    await older.query('insert into t default values');

    const report = await world.worker().drain();

    expect(report).toMatchObject({ kept: 1, postponed: 0 });
    expect(await world.journal()).toEqual([]);
  });

  it('does not keep a name barred that values began to use which do not own it', async () => {
    const world = await createWorld();
    const older = await world.begin();
    await older.query('insert into t (a) values ($1)', [file('a.txt', 'media', { owned: false })]);
    await release(world, 'a.txt');
    await world.worker().drain();
    await older.query('commit');

    await world.makeDue();
    await world.worker().drain();

    expect(await world.journal()).toMatchObject([{ name: 'a.txt', state: 0 }]);
  });

  it('keeps its place in the queue of transactions while new ones begin', async () => {
    const world = await createWorld();
    const older = await world.begin();
    await older.query('insert into t default values');
    await world.put('a.txt', { due: '-1 second' });
    await world.worker().drain();
    const younger = await world.begin();
    await younger.query('insert into t default values');
    await older.query('commit');

    await world.makeDue();
    const report = await world.worker().drain();

    expect(report.reclaimed).toBe(1);
  });

  it('ends after the batch that runs when it is told to', async () => {
    const world = await createWorld();
    await release(world, 'a.txt');

    const report = await world.worker().drain({ signal: AbortSignal.abort() });

    expect(report.reclaimed).toBe(0);
  });
});

describe('a location', () => {
  it('that this process does not know is left alone and reported', async () => {
    const world = await createWorld();
    await world.sql(
      `insert into file_journal (storage, name) values ('renamed', 'a.txt'), ('renamed', 'b.txt')`,
    );

    const report = await world.worker().drain();

    expect(report.problems).toEqual([
      'Cannot reclaim 2 objects of storage "renamed": this process has no such storage',
    ]);
    expect(await world.journal()).toMatchObject([{ state: 0 }, { state: 0 }]);
  });

  it('that an alias does not mean any more is left alone and reported', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    await world.sql(`update file_journal set location = 'memory://elsewhere/'`);

    const report = await world.worker().drain();

    expect(report.problems).toEqual([
      'Cannot reclaim 1 object of storage "media": the alias meant another place when they were written',
    ]);
    expect(await world.objects()).toEqual(['a.txt']);
  });

  it('keeps its objects when its alias is renamed on a table with data', async () => {
    const world = await createWorld();
    await world.storages['media']!.save('a.txt', 'a');
    await world.sql('insert into t (a) values ($1)', [file('a.txt', 'oldname')]);
    await world.sql(
      `insert into file_journal (storage, name) values ('oldname', 'a.txt'), ('media', 'a.txt')`,
    );

    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 0, kept: 1 });
    expect(report.problems).toHaveLength(1);
    expect(await world.objects()).toEqual(['a.txt']);
  });

  it('that is another one than the reference means is cleaned up', async () => {
    const world = await createWorld({
      media: new MemoryStorage({ id: 'media' }),
      other: new MemoryStorage({ id: 'other' }),
    });
    await world.put('a.txt', { due: '-1 second' });
    await world.sql('insert into t (a) values ($1)', [file('a.txt', 'other')]);

    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 1, kept: 0 });
  });

  it('bars a deleted name under all of its aliases, and frees it under all of them', async () => {
    const storage = new MemoryStorage({ id: 'media' });
    const world = await createWorld({ media: storage, mirror: storage });
    await world.put('a.txt', { due: '-1 second' });

    await world.worker().drain();
    const barred = await world.journal();
    await world.sql('update file_journal set due_at = now() where state = 2');
    const report = await world.worker().drain();

    expect(barred).toMatchObject([
      { storage: 'media', state: 2 },
      { storage: 'mirror', state: 2, reason: 'alias' },
    ]);
    expect(report.purged).toBe(1);
    expect(await world.journal()).toEqual([]);
  });

  it('deletes an object once that two of its aliases released', async () => {
    const storage = new StubbornStorage({ id: 'media' });
    const world = await createWorld({ media: storage, mirror: storage });
    await world.sql(
      `insert into file_journal (storage, name) values ('media', 'a.txt'), ('mirror', 'a.txt')`,
    );

    const report = await world.worker().drain();

    expect(report.reclaimed).toBe(1);
    expect(storage.deletions).toBe(1);
  });

  it('whose factory fails is reported, and the others are cleaned up', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    const storages = {
      aliases: ['broken', 'media'],
      get: (alias: string) => {
        if (alias === 'broken') throw new Error('no credentials');
        return world.storages[alias]!;
      },
    };

    const report = await world.worker({ storages }).drain();

    expect(report).toMatchObject({ reclaimed: 1, problems: ['no credentials'] });
  });
});

describe('an object that cannot be deleted', () => {
  it('does not keep the others, and is tried again', async () => {
    const storage = new StubbornStorage({ id: 'media' });
    const world = await createWorld({ media: storage });
    storage.refused.add('b.txt');
    await release(world, 'a.txt', 'b.txt', 'c.txt');

    const first = await world.worker().drain();
    storage.refused.clear();
    await world.makeDue();
    const second = await world.worker().drain();

    expect(first).toMatchObject({ reclaimed: 2, failed: 1, dead: 0 });
    expect(second).toMatchObject({ reclaimed: 1, failed: 0 });
  });

  it('stays barred, with the reason in the journal', async () => {
    const storage = new StubbornStorage({ id: 'media' });
    const world = await createWorld({ media: storage });
    storage.refused.add('a.txt');
    await release(world, 'a.txt');

    await world.worker().drain();

    expect(
      await world.sql(
        `select state, attempts, last_error, due_at > now() as waits from file_journal where name = 'a.txt'`,
      ),
    ).toEqual([
      {
        state: 1,
        attempts: 1,
        last_error: expect.stringContaining('Cannot reclaim "a.txt" in storage "media": '),
        waits: true,
      },
    ]);
  });

  it('is given up after twenty attempts', async () => {
    const storage = new StubbornStorage({ id: 'media' });
    const world = await createWorld({ media: storage });
    storage.refused.add('a.txt');
    await release(world, 'a.txt');
    await world.sql('update file_journal set attempts = 19');

    const report = await world.worker().drain();
    await world.makeDue();
    const again = await world.worker().drain();

    expect(report).toMatchObject({ failed: 1, dead: 1 });
    expect(again).toMatchObject({ failed: 0, dead: 0 });
    expect(await world.journal()).toMatchObject([{ name: 'a.txt', state: 3 }]);
  });

  it('is one whose name no storage takes, and it keeps nobody else', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    await release(world, '../b.txt', '.filefield/owner');

    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 1, failed: 2 });
    expect(await world.objects()).toEqual([]);
  });
});

describe('a tombstone', () => {
  it('deletes once more what arrived late when its time is over, and frees the name', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    await world.worker().drain();
    await world.storages['media']!.save('a.txt', 'a late upload');

    await world.sql('update file_journal set due_at = now() where state = 2');
    const report = await world.worker().drain();

    expect(report).toMatchObject({ purged: 1, reclaimed: 0 });
    expect(await world.objects()).toEqual([]);
    expect(await world.journal()).toEqual([]);
  });

  it('lasts for twice the time of an upload where that is longer', async () => {
    const world = await createWorld();
    await release(world, 'a.txt');

    await world.worker({ tombstone: 1000, uploadTimeout: 3_600_000 }).drain();

    expect(
      await world.sql(
        `select round(extract(epoch from due_at - now()) / 3600)::int as hours from file_journal where state = 2`,
      ),
    ).toEqual([{ hours: 2 }]);
  });

  it('spares an object that a row came to refer to behind the triggers’ back, and says so', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    await world.worker().drain();
    await world.storages['media']!.save('a.txt', 'restored by hand');
    const replica = await world.begin();
    await replica.query('set local session_replication_role = replica');
    await replica.query('insert into t (a) values ($1)', [file('a.txt')]);
    await replica.query('commit');

    await world.sql('update file_journal set due_at = now() where state = 2');
    const report = await world.worker().drain();

    expect(report.problems).toEqual([
      'Cannot purge "a.txt" in storage "media": a row came to refer to it after it was deleted',
    ]);
    expect(await world.objects()).toEqual(['a.txt']);
  });
});

async function release(world: World, ...names: string[]): Promise<void> {
  await world.sql(
    `insert into file_journal (storage, name) select 'media', n from unnest($1::text[]) n`,
    [names],
  );
}

/** How many rows are being deleted. */
async function leased(world: World): Promise<number> {
  return (await world.journal()).filter(({ state }) => state === 1).length;
}
