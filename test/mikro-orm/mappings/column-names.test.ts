import { FieldFile } from '@filefield/core';
import { fileField, imageField } from '@filefield/mikro-orm';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { png } from '../../support/image-bytes.ts';
import { createApp, text } from '../support.ts';

/** Whatever our statements call something: tables, columns, variables. */
const taken =
  'j doc e k v t r o s n c f x g m names wanted entry value path old new file_new'.split(' ');

const Page = defineEntity({
  name: 'Page',
  embeddable: true,
  properties: () => ({
    scan: fileField({ uploadTo: 'scans/' }).nullable(),
    photo: imageField({ uploadTo: 'photos/' }).nullable(),
  }),
});

const Report = defineEntity({
  name: 'Report',
  properties: {
    id: p.integer().primary(),
    pages: p.embedded(Page).array().default([]),
    cover: fileField({ uploadTo: 'covers/' }).nullable(),
    ...Object.fromEntries(
      taken.map((name) => [`${name}_`, p.integer().fieldName(name).default(1)]),
    ),
  },
});

const picture = (): FieldFile =>
  FieldFile.from(png({ width: 8, height: 4 }), { filename: 'photo.png' });

describe('columns that are called as anything in our statements', () => {
  it('leave files their whole life', async () => {
    const app = await createApp([Report]);
    const em = app.em();
    const page = { scan: text('scan.txt'), photo: picture() };
    const report = em.create(Report, { cover: text('cover.txt'), pages: [page] });
    await em.flush();
    await app.sql(`update report set pages = jsonb_set(pages, '{0,photo,sha256}', 'null')`);
    report.cover = text('next.txt');
    await em.flush();

    expect(await app.reclaim()).toEqual(['next.txt', 'photo.png', 'scan.txt']);
    expect(await app.files.reconcile({ olderThan: '0ms' })).toMatchObject({
      orphans: [],
      missing: [],
    });
    expect((await app.files.backfill(Report, 'pages.photo')).problems).toEqual([]);
    const moved = await app.files.migrate({ from: 'default', to: 'other', switch: 'rows' });
    expect(moved).toMatchObject({ objects: 3, switchedRows: 3, problems: [] });
    expect((await app.files.check()).findings.filter(({ state }) => state === 'bad')).toEqual([]);
    // The origins are held until the migration is settled.
    await app.sql('delete from report');
    expect(await app.reclaim()).toEqual(['next.txt', 'photo.png', 'scan.txt']);
  });
});
