import { describe, expect, it } from 'vitest';
import { failPoints } from '../../../packages/mikro-orm/src/fail-points.ts';
import type { FailPoint, FailPointHook } from '../../../packages/mikro-orm/src/fail-points.ts';
import { StubbornStorage } from './stubborn-storage.ts';
import { createWorld, file, outcome } from './world.ts';
import type { World } from './world.ts';

const steps = [
  ['before', 'lease'],
  ['after', 'lease'],
  ['before', 'judge'],
  ['after', 'judge'],
  ['before', 'delete'],
  ['after', 'delete'],
  ['before', 'tombstone'],
  ['after', 'tombstone'],
] as const;

describe('a worker that dies', () => {
  it.each(steps)('%s its %s leaves work that another one finishes', async (phase, point) => {
    const world = await createWorld();
    await listed(world);

    const death = world.worker({ [failPoints]: dieAt(point, phase) }).drain();
    await expect(death).rejects.toThrow(`died ${phase} ${point}`);
    await world.makeDue();
    await world.worker().drain();

    expect(await world.objects()).toEqual(['used.txt']);
    expect(await world.journal()).toMatchObject([{ name: 'gone.txt', state: 2 }]);
  });

  it.each(steps.slice(1))('%s its %s lets no row refer to what it leased', async (phase, point) => {
    const world = await createWorld();
    await listed(world);

    await world
      .worker({ [failPoints]: dieAt(point, phase) })
      .drain()
      .catch(() => {});

    expect(await outcome(world.sql('insert into t (a) values ($1)', [file('gone.txt')]))).toBe(
      '23503',
    );
  });

  it.each([
    ['before', 'purge'],
    ['before', 'judge'],
    ['after', 'judge'],
    ['after', 'purge'],
  ] as const)('%s the %s of a tombstone leaves nothing behind', async (phase, point) => {
    const world = await createWorld();
    await listed(world);
    await world.worker().drain();
    await world.storages['media']!.save('gone.txt', 'a late upload');
    await expireAll(world);

    const death = world.worker({ [failPoints]: dieAt(point, phase) }).drain();
    await expect(death).rejects.toThrow(`died ${phase} ${point}`);
    await expireAll(world);
    await world.worker().drain();

    expect(await world.objects()).toEqual(['used.txt']);
    expect(await world.journal()).toEqual([]);
  });

  it('keeps its rows from others until its lease ends', async () => {
    const world = await createWorld();
    await listed(world);
    await world
      .worker({ [failPoints]: dieAt('lease', 'after') })
      .drain()
      .catch(() => {});

    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 0, kept: 0 });
  });

  it('and comes back after another one took over changes nothing', async () => {
    const storage = new StubbornStorage({ id: 'media' });
    const world = await createWorld({ media: storage });
    await listed(world);
    const asleep = Promise.withResolvers<void>();
    const woken = Promise.withResolvers<void>();
    const sleeper = world.worker({
      [failPoints]: async (point, phase) => {
        if (point !== 'judge' || phase !== 'after') return;
        asleep.resolve();
        await woken.promise;
      },
    });
    const sleeping = sleeper.drain();
    await asleep.promise;
    await world.makeDue();
    await world.worker().drain();
    const journal = await world.sql('select * from file_journal order by id');

    woken.resolve();
    await sleeping;

    expect(await world.sql('select * from file_journal order by id')).toEqual(journal);
    expect(await world.objects()).toEqual(['used.txt']);
  });
});

/** Dies the first time it comes there. */
function dieAt(point: FailPoint, phase: 'before' | 'after'): FailPointHook {
  return (at, when) => {
    if (at === point && when === phase) throw new Error(`died ${phase} ${point}`);
  };
}

/** One object to delete and one that is referenced, both due. */
async function listed(world: World): Promise<void> {
  await world.put('gone.txt', { due: '-1 second' });
  await world.put('used.txt');
  await world.sql('insert into t (a) values ($1)', [file('used.txt')]);
  await world.sql(`insert into file_journal (storage, name) values ('media', 'used.txt')`);
}

async function expireAll(world: World): Promise<void> {
  await world.sql(`update file_journal set due_at = now() where due_at < 'infinity'`);
}
