import { MemoryStorage } from '@filefield/core';
import { expect, it } from 'vitest';
import { stress } from './stress.ts';
import { createWorld } from './world.ts';

it('neither dangles nor leaks while writers at three levels and several workers run', async () => {
  const storage = new MemoryStorage({ id: 'media' });
  const world = await createWorld({ media: storage, mirror: storage });

  const result = await stress(world, { seconds: 5, writers: 12, workers: 3 });

  expect(result).toMatchObject({ dangling: [], orphans: [] });
  expect(result.reclaimed).toBeGreaterThan(0);
  expect(result.committed).toBeGreaterThan(0);
});
