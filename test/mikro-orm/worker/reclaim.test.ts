import { InvalidNameError, StorageError } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { reclaimAll } from '../../../packages/mikro-orm/src/worker/reclaim.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `f${index}`);

describe('reclaiming many objects', () => {
  it('asks the storage for a thousand at a time', async () => {
    const calls: number[] = [];

    await reclaimAll(async (batch) => void calls.push(batch.length), names(2500));

    expect(calls).toEqual([1000, 1000, 500]);
  });

  it('gives the reason of each name that the storage names', async () => {
    const failures = await reclaimAll(async (batch) => {
      throw new AggregateError(
        batch.slice(0, 2).map((name) => new StorageError('reclaim', { name }, 'access denied')),
      );
    }, names(4));

    expect([...failures]).toEqual([
      ['f0', 'Cannot reclaim "f0": access denied'],
      ['f1', 'Cannot reclaim "f1": access denied'],
    ]);
  });

  it('tries one by one when the storage does not say which name it failed for', async () => {
    const failures = await reclaimAll(refusing('f3'), names(8));

    expect([...failures]).toEqual([['f3', 'not f3']]);
  });

  it('tries one by one when the storage names something else', async () => {
    const failures = await reclaimAll(async (batch) => {
      if (batch.includes('f1')) {
        throw new AggregateError([new StorageError('reclaim', { name: 'prefix/f1' }, 'no')]);
      }
    }, names(3));

    expect([...failures.keys()]).toEqual(['f1']);
  });

  it('goes on past names that no storage can hold', async () => {
    const gone: string[] = [];
    const bad = Array.from({ length: 20 }, (_, index) => `../${index}`);

    const failures = await reclaimAll(
      async (batch) => {
        const refused = batch.find((name) => name.startsWith('..'));
        if (refused !== undefined) throw new InvalidNameError(refused, 'it has the component ".."');
        gone.push(...batch);
      },
      ['f0', ...bad, 'f1'],
    );

    expect([...failures.keys()]).toEqual(bad);
    expect(gone).toEqual(['f0', 'f1']);
  });

  it('stops asking a storage that fails again and again', async () => {
    let calls = 0;

    const failures = await reclaimAll(async () => {
      calls += 1;
      throw new Error('no network');
    }, names(1000));

    expect(failures.size).toBe(1000);
    expect(calls).toBe(6);
  });
});

function refusing(name: string): (batch: readonly string[]) => Promise<void> {
  return async (batch) => {
    if (batch.includes(name)) throw new Error(`not ${name}`);
  };
}
