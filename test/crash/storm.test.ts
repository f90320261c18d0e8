import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { crashSites } from './crash-site.ts';
import { storm } from './storm.ts';

// To repeat a run: the same seed gives the same works and moments, as far as the machine keeps time.
const seed = Number(process.env['CRASH_SEED'] ?? randomInt(1e9));
const seconds = Number(process.env['CRASH_SECONDS'] ?? 10);
const sites = await crashSites(1);

it(
  `neither dangles nor leaks while processes are killed and started again (CRASH_SEED=${seed})`,
  { timeout: 60_000 + seconds * 2000 },
  async () => {
    await using place = await sites.take();

    const result = await storm(place, { seed, seconds });

    expect([...result.violations]).toEqual([]);
    expect(result.kills).toBeGreaterThan(0);
    expect(result.done).toBeGreaterThan(0);
    expect(result.reclaimed).toBeGreaterThan(0);
  },
);
