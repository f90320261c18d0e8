import { fallbackStorage, MemoryStorage, type FileStorage } from '@filefield/core';
import { failingStorage, type StorageFault } from '@filefield/core/testing';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../../packages/mikro-orm/src/journal/journal.ts';
import { claimLocation } from '../../../packages/mikro-orm/src/worker/owner.ts';
import { placesOf } from '../../../packages/mikro-orm/src/worker/places.ts';
import { createWorld, file, type World } from './world.ts';

const bucketLocation = 'memory://bucket/';
const diskLocation = 'memory://disk/';

interface Move extends World {
  /** Stores an object under its name in both places. */
  putInBoth(name: string): Promise<void>;
  /** Lists an object as due. */
  list(name: string, alias: string, location: string | null, due?: string): Promise<void>;
  /** Whether it lies in the bucket, and on the disk. */
  places(name: string): Promise<boolean[]>;
}

/** `media` reads through a bucket to a disk, which is `old`; `next` is the bucket alone, `other` is elsewhere. */
async function createMove(faults: readonly StorageFault[] = []): Promise<Move> {
  const bucket = new MemoryStorage({ id: 'bucket' });
  const disk = failingStorage(new MemoryStorage({ id: 'disk' }), faults);
  const world = await createWorld({
    old: disk,
    media: fallbackStorage({ primary: bucket, fallback: disk }),
    next: bucket,
    other: new MemoryStorage({ id: 'other' }),
  });
  return Object.assign(world, {
    putInBoth: async (name: string) => {
      await bucket.save(name, 'x', { ifExists: 'overwrite' });
      await disk.save(name, 'x', { ifExists: 'overwrite' });
    },
    list: async (name: string, alias: string, location: string | null, due = '-1 second') => {
      await world.sql(
        `insert into file_journal (storage, location, name, reason, due_at) values ($1, $2, $3, 'released', now() + $4::interval)`,
        [alias, location, name, due],
      );
    },
    places: async (name: string) => [await bucket.exists(name), await disk.exists(name)],
  });
}

function registry(storages: Record<string, FileStorage>) {
  return { aliases: Object.keys(storages), get: (alias: string) => storages[alias]! };
}

describe('the places of a process', () => {
  const at = (id: string): FileStorage => new MemoryStorage({ id });

  it('are one for each location, however many aliases it has', () => {
    const { places } = placesOf(registry({ a: at('1'), b: at('2'), c: at('1') }));

    expect(places).toMatchObject([
      { location: 'memory://1/', locations: ['memory://1/'], aliases: ['a', 'c'] },
      { location: 'memory://2/', locations: ['memory://2/'], aliases: ['b'] },
    ]);
  });

  it('are united by a storage that reads through, whose primary stands for them', () => {
    const media = fallbackStorage({ primary: at('bucket'), fallback: at('disk') });

    const { places } = placesOf(
      registry({ old: at('disk'), far: at('far'), media, next: at('bucket') }),
    );

    expect(places).toMatchObject([
      {
        location: bucketLocation,
        locations: [bucketLocation, diskLocation],
        storages: [{ location: bucketLocation }, { location: diskLocation }],
        aliases: ['media', 'old', 'next'],
      },
      { location: 'memory://far/', aliases: ['far'] },
    ]);
  });

  it('are united by a chain of such storages', () => {
    const first = fallbackStorage({ primary: at('1'), fallback: at('2') });
    const second = fallbackStorage({ primary: at('3'), fallback: at('4') });
    const link = fallbackStorage({ primary: at('2'), fallback: at('3') });

    const { places } = placesOf(registry({ first, second, far: at('far'), link }));

    expect(places.map(({ aliases }) => aliases)).toEqual([['first', 'second', 'link'], ['far']]);
    expect(places[0]?.locations).toHaveLength(4);
  });
});

describe('an object of two locations that count as one', () => {
  it.each<[string, string, string | null]>([
    ['of before the switch', 'media', diskLocation],
    ['of after the switch', 'media', bucketLocation],
    ['that tells no location', 'media', null],
    ['of an alias of the fallback', 'old', diskLocation],
    ['of an alias of the primary', 'next', null],
  ])('is deleted at both by a row %s', async (_, alias, location) => {
    const world = await createMove();
    await world.putInBoth('a.txt');
    await world.list('a.txt', alias, location);

    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 1, failed: 0, problems: [] });
    expect(await world.places('a.txt')).toEqual([false, false]);
    const journal = await world.journal();
    expect(journal.map(({ storage, state }) => `${storage} ${state}`)).toEqual(
      ['media', 'next', 'old'].map((barred) => `${barred} 2`),
    );
  });

  it('stays where a row tells a location that is none of them', async () => {
    const world = await createMove();
    await world.putInBoth('a.txt');
    await world.list('a.txt', 'media', 'memory://other/');

    const { reclaimed, problems } = await world.worker().drain();

    expect([reclaimed, problems]).toEqual([
      0,
      [
        'Cannot reclaim 1 object of storage "media": the alias meant another place when they were written',
      ],
    ]);
    expect(await world.places('a.txt')).toEqual([true, true]);
  });

  it.each(['media', 'old', 'next'])('stays while a row refers to it under %s', async (alias) => {
    const world = await createMove();
    await world.putInBoth('a.txt');
    await world.putInBoth('b.txt');
    await world.sql('insert into t (a) values ($1), ($2)', [
      file('a.txt', alias),
      file('b.txt', 'other'),
    ]);
    await world.list('a.txt', 'media', diskLocation);
    await world.list('b.txt', 'media', diskLocation);

    const report = await world.worker().drain();

    expect(report).toMatchObject({ kept: 1, reclaimed: 1 });
    expect(await world.places('a.txt')).toEqual([true, true]);
    expect(await world.places('b.txt')).toEqual([false, false]);
  });

  it('is deleted once, and not before the last of its rows is due', async () => {
    const world = await createMove();
    await world.putInBoth('a.txt');
    await world.putInBoth('b.txt');
    await world.list('a.txt', 'media', diskLocation);
    await world.list('a.txt', 'old', null);
    await world.list('b.txt', 'next', bucketLocation);
    await world.list('b.txt', 'old', diskLocation, '1 hour');

    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 1 });
    expect(await world.places('a.txt')).toEqual([false, false]);
    expect(await world.places('b.txt')).toEqual([true, true]);
  });

  it('is deleted at both again when its tombstone ends', async () => {
    const world = await createMove();
    await world.list('a.txt', 'media', null);
    await world.worker().drain();
    await world.putInBoth('a.txt');
    await world.sql('update file_journal set due_at = now() where state = 2');

    const report = await world.worker().drain();

    expect(report).toMatchObject({ purged: 1 });
    expect(await world.places('a.txt')).toEqual([false, false]);
    expect(await world.journal()).toEqual([]);
  });

  it('stays at both, and listed, when the fallback cannot delete it', async () => {
    const world = await createMove([{ operation: 'reclaim', name: 'stuck.txt' }]);
    await world.putInBoth('a.txt');
    await world.putInBoth('stuck.txt');
    await world.list('a.txt', 'media', null);
    await world.list('stuck.txt', 'media', null);

    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 1, failed: 1 });
    expect(await world.places('stuck.txt')).toEqual([true, true]);
    expect(await world.sql('select last_error from file_journal where state = 1')).toContainEqual({
      last_error: expect.stringContaining('a fault was ordered'),
    });
  });
});

describe('two locations that count as one, of which another environment owns', () => {
  it.each([
    ['the fallback', 'old'],
    ['the primary', 'next'],
  ])('%s: nothing is deleted at either', async (part, alias) => {
    const world = await createMove();
    await world.putInBoth('a.txt');
    await world.list('a.txt', 'media', null);
    await world.list('a.txt', 'next', bucketLocation);
    await claimLocation(world.storages[alias]!, { environment: 'prod', journal: '1' });

    const report = await world.worker({ environment: 'staging' }).drain();

    expect(report).toMatchObject({
      reclaimed: 0,
      problems: [
        `Cannot reclaim objects of storage "media": the location of its ${part.slice(4)} ` +
          'belongs to another environment or database, and both count as one',
      ],
    });
    expect(await world.places('a.txt')).toEqual([true, true]);
  });

  it('both: claiming the whole takes both over', async () => {
    const world = await createMove();
    await claimLocation(world.storages['media']!, { environment: 'prod', journal: '1' });
    await world.putInBoth('a.txt');
    await world.list('a.txt', 'media', null);
    const refused = await world.worker().drain();
    const journal = await new Journal(world.database).identity();

    await claimLocation(world.storages['media']!, { environment: null, journal });
    const report = await world.worker().drain();

    expect([refused.reclaimed, report.reclaimed]).toEqual([0, 1]);
  });

  it('wants an environment where only the fallback can be reached from elsewhere', async () => {
    const world = await createWorld();
    const shared = Object.assign(new MemoryStorage(), { location: 's3://endpoint/bucket/' });
    const storage = fallbackStorage({ primary: new MemoryStorage(), fallback: shared });
    const worker = world.worker({ storages: registry({ media: storage }) });

    await expect(worker.drain()).rejects.toMatchObject({ code: 'STORAGE_OPTIONS' });
  });
});
