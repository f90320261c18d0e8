import { describe, expect, it } from 'vitest';
import { aftermathOf } from './aftermath.ts';
import { crashSites } from './crash-site.ts';
import { openDocuments } from './documents.ts';
import { migrateStorm } from './migrate-storm.ts';
import { migrations, placeIn } from './migrations.ts';
import { randomFrom } from './random.ts';
import { stormOptions } from './storm-options.ts';

const sites = await crashSites(1);
const { kills: asked, seed } = stormOptions();
/** Of each way to switch. */
const kills = Math.ceil(asked / 3);

describe(
  `migrations that are killed at random moments, seed ${seed}`,
  { timeout: 60_000 + kills * 10_000 },
  () => {
    it('by configuration: lose nothing and double nothing', async () => {
      await using place = await sites.take();

      const storm = await migrateStorm(place, 'copying for another configuration', {
        kills,
        random: randomFrom(seed),
      });

      expect(storm).toMatchObject({ killed: kills, report: { isComplete: true, missing: [] } });
      const there = placeIn(place, 'last');
      await using documents = await openDocuments(there);
      const { options } = migrations['settling and deleting the source'];
      expect(await documents.files.migrate(options)).toMatchObject({ isSettled: true, copied: 0 });
      const { violations } = await aftermathOf(documents, there);
      expect(violations).toEqual(['Left in the storage: next/docs/orphan.txt']);
    });

    it('by rows: lose nothing and double nothing', async () => {
      await using place = await sites.take();

      const storm = await migrateStorm(place, 'switching rows', {
        kills,
        random: randomFrom(seed),
      });

      expect(storm).toMatchObject({ killed: kills, report: { isSettled: true, missing: [] } });
      const there = placeIn(place, 'first');
      await using documents = await openDocuments(there);
      const { violations } = await aftermathOf(documents, there);
      expect(violations).toEqual(['Left in the storage: media/docs/orphan.txt']);
    });
  },
);
