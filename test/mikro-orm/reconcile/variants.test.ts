import { setTimeout as sleep } from 'node:timers/promises';
import { asLibrary } from '@filefield/core/binding';
import { imageField } from '@filefield/mikro-orm';
import type { ReconcileReport } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, type App } from '../support.ts';

const Page = defineEntity({
  name: 'Page',
  embeddable: true,
  properties: () => ({ scan: imageField({}).nullable() }),
});

const Album = defineEntity({
  name: 'Album',
  properties: (p) => ({
    id: p.integer().primary(),
    cover: imageField({}).nullable(),
    pages: p.embedded(Page).array().nullable(),
  }),
});

const [small, medium] = ['s.webp', 'm.webp'].map((name) => ({ name, size: 5 }));

/** One album with a cover and a page, each with the variants that it lists. */
async function album(app: App, variants: object): Promise<void> {
  const value = (name: string): object => ({ storage: 'default', name, size: 5, variants });
  await app.sql('insert into album (cover, pages) values (?::jsonb, ?::jsonb)', [
    JSON.stringify(value('a.png')),
    JSON.stringify([{ scan: value('p.png') }]),
  ]);
}

async function put(app: App, ...names: string[]): Promise<void> {
  for (const name of names) await app.storage.save(name, 'bytes', asLibrary({}));
  await sleep(2);
}

function names(findings: ReconcileReport['orphans' | 'missing']): string[] {
  return findings.map(({ name }) => name);
}

describe('reconcile()', () => {
  it('knows listed variants, in columns and in documents, however their names are sorted', async () => {
    const app = await createApp([Album]);
    await album(app, { s: small, m: medium });
    await put(app, 'a.png', 'a.png.v/m.webp', 'a.png.v/s.webp', 'a.png-1', 'a.png0');
    await put(app, 'p.png', 'p.png.v/m.webp', 'p.png.v/s.webp');

    const report = await app.files.reconcile({ olderThan: '0ms' });

    expect(report).toMatchObject({ objects: 8, references: 6, missing: [], differences: [] });
    expect(names(report.orphans)).toEqual(['a.png-1', 'a.png0']);
  });

  it('takes a variant that its original does not list for an orphan, and reclaims it', async () => {
    const app = await createApp([Album]);
    await album(app, { s: small });
    await put(app, 'a.png', 'a.png.v/m.webp', 'a.png.v/s.webp', 'p.png', 'p.png.v/s.webp');

    const young = await app.files.reconcile({ dryRun: false });
    const old = await app.files.reconcile({ dryRun: false, olderThan: '0ms' });
    await app.reclaim();

    expect(young).toMatchObject({ orphans: [], young: 1 });
    expect(names(old.orphans)).toEqual(['a.png.v/m.webp']);
    expect(await app.storage.exists('a.png.v/m.webp')).toBe(false);
    expect(await app.files.reconcile()).toMatchObject({ objects: 4, references: 4, missing: [] });
  });

  it('tells a listed variant whose object is gone or has another size', async () => {
    const app = await createApp([Album]);
    await album(app, { s: small, m: { ...medium, size: 6 } });
    await put(app, 'a.png', 'a.png.v/m.webp', 'p.png', 'p.png.v/m.webp', 'p.png.v/s.webp');

    const { missing, differences } = await app.files.reconcile({ olderThan: '0ms' });

    expect(missing).toEqual([
      { storage: 'default', name: 'a.png.v/s.webp', column: 'public.album.cover' },
    ]);
    expect(differences).toMatchObject([
      { name: 'a.png.v/m.webp', column: 'public.album.cover', expected: 6, received: 5 },
      { name: 'p.png.v/m.webp', column: 'public.album.pages' },
    ]);
  });
});
