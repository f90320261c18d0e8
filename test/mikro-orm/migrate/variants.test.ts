import { asLibrary } from '@filefield/core/binding';
import { imageField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createSite, told, type Site } from './support.ts';

const Scan = defineEntity({
  name: 'Scan',
  embeddable: true,
  properties: () => ({ pic: imageField({ storage: 'media' }).nullable() }),
});

const Album = defineEntity({
  name: 'Album',
  properties: (p) => ({
    id: p.integer().primary(),
    cover: imageField({ storage: 'media' }).nullable(),
    scans: p.embedded(Scan).array().nullable(),
  }),
});

const clean = { conflicts: [], missing: [], failed: [], problems: [], isComplete: true };
const small = { s: { name: 's.webp', size: 5 } };
const objects = ['a.png', 'a.png.v/s.webp', 'p.png', 'p.png.v/s.webp'];

/** An album with a cover and a scan, each with a variant, and one that nobody lists. */
async function albumSite() {
  const site = await createSite({ entities: [Album] });
  const app = await site.first();
  for (const name of objects) await site.disk.save(name, 'bytes', asLibrary({}));
  const value = (name: string): string =>
    `{"storage": "media", "name": "${name}", "size": 5, "variants": ${JSON.stringify(small)}}`;
  await site.sql(
    `insert into album (cover, scans) values ('${value('a.png')}', '[{"pic": ${value('p.png')}}]')`,
  );
  return { site, app };
}

async function walked(storage: Site['disk']): Promise<string[]> {
  return (await Array.fromAsync(storage.walk())).map(({ name }) => name);
}

/** What rows have let go of is reclaimed. */
async function reclaim(site: Site): Promise<void> {
  await site.sql(`update public.file_journal set due_at = now() where due_at < 'infinity'`);
}

describe('migrate() by configuration', () => {
  it('carries listed variants like what lists them, and deletes their origins', async () => {
    const { site, app } = await albumSite();
    const carried = await app.files.migrate({ from: 'media', to: 'next' });
    const last = await site.last();

    const report = await last.files.migrate({ from: 'old', to: 'media', deleteSource: true });
    await reclaim(site);
    await last.files.worker.drain();

    expect(told(carried)).toMatchObject({ ...clean, copied: 4, verified: 4 });
    expect(told(report)).toMatchObject({ ...clean, isSettled: true, scheduled: 4 });
    expect([await walked(site.disk), await walked(site.s3)]).toEqual([[], objects]);
    expect(await last.files.reconcile({ olderThan: '0ms' })).toMatchObject({
      references: 4,
      orphans: [],
      missing: [],
    });
  });

  it('tells a listed variant that is missing, and lets go of one that is listed no more', async () => {
    const { site, app } = await albumSite();
    await site.disk.delete('a.png.v/s.webp');
    const carried = await app.files.migrate({ from: 'media', to: 'next' });
    await site.sql(`update album set scans = scans #- '{0,pic,variants}'`);
    const last = await site.last();

    await last.files.migrate({ from: 'old', to: 'media' });
    await reclaim(site);
    await last.files.worker.drain();

    expect(carried.missing).toEqual([{ name: 'a.png.v/s.webp', column: 'public.album.cover' }]);
    expect(await walked(site.s3)).toEqual(['a.png', 'p.png']);
  });
});

describe('migrate({ switch: "rows" })', () => {
  it('leaves variants behind: the rows list none any more, and those of the source are reclaimed', async () => {
    const { site, app } = await albumSite();

    const report = await app.files.migrate({ from: 'media', to: 'next', switch: 'rows' });
    await reclaim(site);
    await app.files.worker.drain();

    expect(told(report)).toMatchObject({ ...clean, copied: 2, held: 2, switchedRows: 2 });
    expect(await site.sql('select cover, scans from album')).toEqual([
      {
        cover: { storage: 'next', name: 'a.png', size: 5 },
        scans: [{ pic: { storage: 'next', name: 'p.png', size: 5 } }],
      },
    ]);
    expect([await walked(site.disk), await walked(site.s3)]).toEqual([
      ['a.png', 'p.png'],
      ['a.png', 'p.png'],
    ]);
  });
});
