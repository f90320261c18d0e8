import { MemoryStorage } from '@filefield/core';
import type { FileStorage } from '@filefield/core';
import { asLibrary } from '@filefield/core/binding';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../../packages/mikro-orm/src/journal/journal.ts';
import {
  claimLocation,
  ownerName,
  takeLocation,
} from '../../../packages/mikro-orm/src/worker/owner.ts';
import { createWorld } from './world.ts';

const us = { environment: 'prod', journal: '1' };
const notOurs =
  'Cannot reclaim objects of storage "media": its location belongs to another environment or database, ' +
  'claimLocation("media") takes it over';

describe('a location', () => {
  it('belongs to the environment and the database that use it first', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });

    await world.worker({ environment: 'prod' }).drain();

    const journal = await new Journal(world.database).identity();
    expect(await ownerOf(world.storages['media']!)).toEqual({ environment: 'prod', journal });
  });

  it.each([
    ['another environment', { environment: 'staging' }, ''],
    ['another database', { environment: 'prod' }, `{"id": "another"}`],
  ])('is left alone by %s', async (_, options, identity) => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    await world.worker({ environment: 'prod' }).drain();
    await world.put('b.txt', { due: '-1 second' });
    await world.sql(
      `update file_journal set value = coalesce(nullif($1, '')::jsonb, value) where reason = 'identity'`,
      [identity],
    );

    const report = await world.worker(options).drain();

    expect(report).toMatchObject({ reclaimed: 0, problems: [notOurs] });
    expect(await world.objects()).toEqual(['b.txt']);
  });

  it('is left alone when its owner cannot be read', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    await world.storages['media']!.save(ownerName, 'not json', asLibrary({}));

    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 0, problems: [notOurs] });
  });

  it('changes hands when it is claimed', async () => {
    const world = await createWorld();
    await claimLocation(world.storages['media']!, { environment: 'dev', journal: 'x' });
    await world.put('a.txt', { due: '-1 second' });
    const journal = await new Journal(world.database).identity();

    await claimLocation(world.storages['media']!, { environment: null, journal });
    const report = await world.worker().drain();

    expect(report).toMatchObject({ reclaimed: 1, problems: [] });
  });

  it('goes to exactly one of those who take it at once', async () => {
    const storage = new MemoryStorage();

    const owners = await Promise.all(
      ['a', 'b', 'c', 'd'].map(
        async (environment) => await takeLocation(storage, { ...us, environment }),
      ),
    );

    expect(new Set(owners.map((owner) => owner?.environment)).size).toBe(1);
    expect(await ownerOf(storage)).toEqual(owners[0]);
  });
});

describe('a journal', () => {
  it('has one identity, whoever asks first', async () => {
    const world = await createWorld();

    const ids = await Promise.all(
      [1, 2, 3, 4].map(async () => await new Journal(world.database).identity()),
    );

    expect(new Set(ids).size).toBe(1);
    expect(await world.sql(`select due_at = 'infinity' as held from file_journal`)).toEqual([
      { held: true },
    ]);
  });
});

describe('an environment', () => {
  it('must be given for a storage that other deployments can reach', async () => {
    const world = await createWorld();
    const storages = { aliases: ['bucket'], get: () => new SharedStorage() };
    const worker = world.worker({ storages });

    expect(() => worker.start()).toThrow(
      expect.objectContaining({
        code: 'STORAGE_OPTIONS',
        message:
          'Cannot use storage "bucket" without an environment: other deployments can reach it, ' +
          `set fileFields({ environment: 'prod' }) from the deployment`,
      }),
    );
    await expect(worker.drain()).rejects.toMatchObject({ code: 'STORAGE_OPTIONS' });
  });
});

class SharedStorage extends MemoryStorage {
  override readonly location = 's3://endpoint/bucket/';
}

async function ownerOf(storage: FileStorage): Promise<unknown> {
  const stream = await storage.open(ownerName, asLibrary({}));
  return await new Response(stream).json();
}
