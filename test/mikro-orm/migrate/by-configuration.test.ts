import { describe, expect, it } from 'vitest';
import { createSite, told } from './support.ts';

const clean = { conflicts: [], missing: [], failed: [], problems: [] };

describe('migrate()', () => {
  it('copies every object under its name, rows untouched, what no row refers to as well', async () => {
    const site = await createSite();
    const { files, note, em } = await site.first();
    const { file } = await note('a.txt');
    await site.disk.save('orphan.txt', 'nobody knows me');

    const report = await files.migrate({ from: 'media', to: 'next' });

    expect(told(report)).toEqual({
      ...clean,
      objects: 2,
      bytes: 20,
      copied: 2,
      copiedBytes: 20,
      present: 0,
      verified: 2,
      switchedRows: 0,
      remainingRows: 0,
      held: 0,
      scheduled: 0,
      isComplete: true,
      isSettled: false,
    });
    expect(await site.s3.exists(file!.name!)).toBe(true);
    expect(await site.names(site.s3)).toEqual(['a.txt', 'orphan.txt']);
    expect(em()).toBeDefined();
  });

  it('settles once no row means the source', async () => {
    const site = await createSite();
    const one = await site.first();
    await one.note('a.txt');
    await site.disk.save('orphan.txt', 'nobody knows me');
    await one.files.migrate({ from: 'media', to: 'next' });
    expect(await site.journal()).toEqual([
      'a.txt next migrating held',
      'orphan.txt next migrating held',
    ]);
    await one.note('late.txt');
    const two = await site.last();

    const report = await two.files.migrate({ from: 'old', to: 'media' });

    expect(told(report)).toMatchObject({
      ...clean,
      copied: 1,
      present: 2,
      verified: 3,
      held: 3,
      isComplete: true,
      isSettled: true,
    });
    expect(await site.journal()).toEqual([
      'a.txt old kept held',
      'late.txt old kept held',
      'orphan.txt old kept held',
    ]);
    const last = await two.files.migrate({ from: 'old', to: 'media', deleteSource: true });
    expect(told(last)).toMatchObject({
      ...clean,
      copied: 0,
      present: 3,
      verified: 3,
      held: 0,
      scheduled: 3,
    });
    await site.sql(`update public.file_journal set due_at = now() where due_at < 'infinity'`);
    await two.files.worker.drain();
    expect(await site.names(site.disk)).toEqual([]);
    expect(await site.names(site.s3)).toEqual(['a.txt', 'late.txt', 'orphan.txt']);
    expect(await site.journal()).toEqual([]);
  });
});
