import { fallbackStorage, FieldFile } from '@filefield/core';
import { asLibrary } from '@filefield/core/binding';
import { describe, expect, it } from 'vitest';
import { createSite, Note, told, type Process } from './support.ts';

const clean = { conflicts: [], missing: [], failed: [], problems: [] };
const there = { from: 'media', to: 'next' } as const;
const final = { from: 'old', to: 'media' } as const;

describe('migrate() by configuration, before the switch', () => {
  it('copies every object under its name, also what no row refers to, and settles nothing', async () => {
    const site = await createSite();
    const { files, note } = await site.first();
    const { file } = await note('a.txt');
    await site.disk.save('orphan.txt', 'nobody knows me');

    const report = await files.migrate(there);

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
    expect(await site.journal()).toEqual([
      'a.txt next migrating held',
      'orphan.txt next migrating held',
    ]);
  });

  it('lists every name in the journal before its first byte is stored', async () => {
    const site = await createSite();
    const { files, note } = await site.first();
    await note('a.txt');
    site.s3Faults.push({ operation: 'save', call: 2 });

    const { failed } = await files.migrate(there);

    expect(failed).toEqual([]);
    expect(site.s3.calls.filter(({ operation }) => operation === 'save')).toHaveLength(3);
    expect(await site.journal()).toEqual(['a.txt next migrating held']);
  });

  it('copies nothing again that is there, and reads nothing again that it has verified', async () => {
    const site = await createSite();
    const { files, note } = await site.first();
    await note('a.txt');
    await files.migrate(there);
    site.s3.forgetCalls();

    const report = await files.migrate(there);

    expect(told(report)).toMatchObject({ ...clean, copied: 0, present: 1, verified: 1 });
    expect(site.s3.calls.map(({ operation }) => operation)).not.toContain('save');
    expect(site.s3.calls.filter(({ names: [name] }) => name?.endsWith('.txt'))).toEqual([]);
  });

  it('verifies again what has changed since', async () => {
    const site = await createSite();
    const { files, note } = await site.first();
    const { file } = await note('a.txt');
    await files.migrate(there);
    await site.s3.save(file!.name!, 'b.txt', { ifExists: 'overwrite' });

    const report = await files.migrate(there);

    expect(told(report)).toMatchObject({ ...clean, copied: 1, verified: 1 });
    expect(await new Response(await site.s3.open(file!.name!)).text()).toBe('a.txt');
  });

  it('is complete without a byte read back where sizes are enough', async () => {
    const site = await createSite();
    const { files, note } = await site.first();
    await note('a.txt');

    const report = await files.migrate({ ...there, verify: 'size' });

    expect(told(report)).toMatchObject({ copied: 1, verified: 1, isComplete: true });
    const reads = site.s3.calls.filter(({ operation }) => operation === 'open');
    expect(reads.map(({ names }) => names[0])).toEqual(['.filefield/owner', '.filefield/owner']);
  });

  it('reads back with sha256 what was verified by its size alone', async () => {
    const site = await createSite();
    const { files, note } = await site.first();
    const { file } = await note('a.txt');
    await files.migrate({ ...there, verify: 'size' });
    site.s3.forgetCalls();

    await files.migrate(there);

    expect(site.s3.calls).toContainEqual({ operation: 'open', names: [file!.name] });
  });

  it('takes an equal object that is there already for the copy', async () => {
    const site = await createSite();
    const { files, note } = await site.first();
    const { file } = await note('a.txt');
    await site.s3.save(file!.name!, 'a.txt');

    const report = await files.migrate(there);

    expect(told(report)).toMatchObject({ ...clean, copied: 0, present: 1, isComplete: true });
  });

  it.each([
    ['of another size', 'somebody else'],
    ['of the same size', 'A.TXT'],
  ])('neither overwrites nor accepts another object %s', async (_, content) => {
    const site = await createSite();
    const { files, note } = await site.first();
    const { file } = await note('a.txt');
    await site.s3.save(file!.name!, content);

    const { conflicts, isComplete } = await files.migrate(there);

    expect({ names: conflicts.map(({ name }) => name), isComplete }).toEqual({
      names: [file!.name],
      isComplete: false,
    });
    expect(await new Response(await site.s3.open(file!.name!)).text()).toBe(content);
  });

  it('copies what direct uploads have left, and variants', async () => {
    const site = await createSite();
    const { files, note } = await site.first();
    const { file } = await note('a.txt');
    await site.disk.save('incoming/0123', 'arrived', asLibrary({}));
    await site.disk.save(`${file!.name!}.v/thumb.webp`, 'small', asLibrary({}));

    const report = await files.migrate(there);

    expect(told(report)).toMatchObject({ ...clean, copied: 3, verified: 3, isComplete: true });
  });

  it('stores the type that the row knows', async () => {
    const site = await createSite();
    const { files, em } = await site.first();
    const own = em();
    const blob = new Blob(['?'], { type: 'application/x-odd' });
    const { file } = own.create(Note, { file: FieldFile.from(blob, { filename: 'odd' }) });
    await own.flush();

    await files.migrate(there);

    expect((await site.s3.stat(file!.name!)).type).toBe('application/x-odd');
  });

  it('tells rows whose object is gone, and copies the others', async () => {
    const site = await createSite();
    const { files, note } = await site.first();
    const { file } = await note('a.txt');
    await note('b.txt');
    await site.disk.delete(file!.name!);

    const report = await files.migrate(there);

    expect(report.missing).toEqual([{ name: file!.name, column: 'public.note.file' }]);
    expect(told(report)).toMatchObject({ copied: 1, isComplete: true });
  });
});

describe('migrate({ dryRun: true })', () => {
  it('tells what there is to do and writes nothing anywhere', async () => {
    const site = await createSite();
    const { files, note } = await site.first();
    await note('a.txt');
    const { file } = await note('b.txt');
    await site.s3.save(file!.name!, 'other');

    const report = await files.migrate({ ...there, dryRun: true });

    expect(told(report)).toMatchObject({
      objects: 2,
      bytes: 10,
      copied: 1,
      copiedBytes: 5,
      present: 1,
    });
    expect(await site.journal()).toEqual([]);
    expect(await site.s3.list()).toMatchObject({ files: [{ name: file!.name }] });
    const written = site.s3.calls.filter(({ operation }) =>
      /^(?:save|copy|delete|reclaim)/.test(operation),
    );
    expect(written).toEqual([{ operation: 'save', names: [file!.name] }]);
  });
});

describe('migrate() by configuration, after the switch', () => {
  it('brings late uploads, gives up its holds, and keeps every object of the source', async () => {
    const site = await createSite();
    const one = await site.first();
    await one.note('a.txt');
    await site.disk.save('orphan.txt', 'nobody knows me');
    await one.files.migrate(there);
    await one.note('late.txt');
    const two = await site.last();

    const report = await two.files.migrate(final);

    expect(told(report)).toMatchObject({ ...clean, copied: 1, present: 2, verified: 3, held: 3 });
    expect(report).toMatchObject({ isComplete: true, isSettled: true });
    expect(await site.journal()).toEqual([
      'a.txt old kept held',
      'late.txt old kept held',
      'orphan.txt old kept held',
    ]);
  });

  it('deletes the source only when asked, and then by the worker', async () => {
    const site = await createSite();
    const one = await site.first();
    await one.note('a.txt');
    await site.disk.save('orphan.txt', 'nobody knows me');
    await one.files.migrate(there);
    const two = await site.last();

    const { scheduled, held } = await two.files.migrate({ ...final, deleteSource: true });

    expect({ scheduled, held, disk: await site.names(site.disk) }).toEqual({
      scheduled: 2,
      held: 0,
      disk: ['a.txt', 'orphan.txt'],
    });
    await site.sql(`update public.file_journal set due_at = now() where due_at < 'infinity'`);
    expect(await two.files.worker.drain()).toMatchObject({ reclaimed: 2, problems: [] });
    expect(await site.names(site.disk)).toEqual([]);
    expect(await site.names(site.s3)).toEqual(['a.txt', 'orphan.txt']);
  });

  it('deletes no source whose copy has nothing but the size in common, whatever verify says', async () => {
    const site = await createSite();
    const one = await site.first();
    const { file } = await one.note('a.txt', 'precious');
    await one.files.migrate(there);
    await site.s3.save(file!.name!, 'rubbish!', { ifExists: 'overwrite' });
    const two = await site.last();

    const report = await two.files.migrate({ ...final, verify: 'size', deleteSource: true });

    expect(report).toMatchObject({ isComplete: false, isSettled: false, scheduled: 0 });
    expect(report.conflicts).toEqual([
      { name: file!.name, reason: expect.stringContaining('its bytes are others') },
    ]);
  });

  it('schedules a copy whose row was deleted meanwhile, and brings none back', async () => {
    const site = await createSite();
    const one = await site.first();
    await one.note('a.txt');
    await one.files.migrate(there);
    const two = await site.last();
    await site.sql('delete from note');

    const report = await two.files.migrate(final);

    expect(report).toMatchObject({ isSettled: true, copied: 0 });
    expect(await site.journal()).toEqual([
      'a.txt media released later',
      'a.txt media released later',
      'a.txt old kept held',
    ]);
  });

  it('does not bring back what was reclaimed at the new place before it was settled', async () => {
    const site = await createSite();
    const one = await site.first();
    await one.note('a.txt');
    await one.files.migrate(there);
    const two = await site.last();
    await site.sql('delete from note');
    await site.sql('update public.file_journal set due_at = now() where state = 0');
    await two.files.worker.drain();

    const report = await two.files.migrate({ ...final, deleteSource: true });

    expect(told(report)).toMatchObject({ ...clean, copied: 0, scheduled: 1, isSettled: true });
    expect(await site.names(site.s3)).toEqual([]);
  });

  it('settles nothing while rows may mean the source', async () => {
    const site = await createSite();
    const one = await site.first();
    await one.note('a.txt');
    await site.sql(`insert into note (file) values ('{"storage": "elsewhere", "name": "x.txt"}')`);
    const two = await site.last();

    const report = await two.files.migrate({ ...final, deleteSource: true });

    expect(report).toMatchObject({ isSettled: false, scheduled: 0, held: 0 });
    expect(report.problems).toEqual([
      'Rows name the unknown storage "elsewhere", which may mean "old": it cannot be settled',
    ]);
  });

  it('goes back the same way, the files that came later with it', async () => {
    const site = await createSite();
    const one = await site.first();
    await one.note('a.txt');
    await one.files.migrate(there);
    const two = await site.last();
    await two.files.migrate({ ...final, deleteSource: true });
    await two.note('new.txt');

    const back = await two.files.migrate({ from: 'media', to: 'old' });

    expect(told(back)).toMatchObject({ ...clean, copied: 1, present: 1, isComplete: true });
    expect(await site.journal()).toEqual([
      'a.txt old migrating held',
      'new.txt old migrating held',
    ]);
    const again = await site.first();
    expect(await again.files.migrate({ from: 'next', to: 'media' })).toMatchObject({
      isSettled: true,
      copied: 0,
    });
    expect(await site.journal()).toEqual(['a.txt next kept held', 'new.txt next kept held']);
  });

  it('brings back to the old place what was deleted there', async () => {
    const site = await createSite();
    const one = await site.first();
    await one.note('a.txt');
    await one.files.migrate(there);
    const two = await site.last();
    await two.files.migrate({ ...final, deleteSource: true });
    await site.sql(`update public.file_journal set due_at = now() where due_at < 'infinity'`);
    await two.files.worker.drain();

    const back = await two.files.migrate({ from: 'media', to: 'old' });

    expect(told(back)).toMatchObject({ ...clean, copied: 1, isComplete: true });
    await site.sql(`update public.file_journal set due_at = now() where due_at < 'infinity'`);
    await two.files.worker.drain();
    expect(await site.names(site.disk)).toEqual(['a.txt']);
  });

  it('gives the alias of the source to what was listed there before', async () => {
    const site = await createSite();
    const one = await site.first();
    await one.files.stage(Note, 'file', 'never assigned', { filename: 'staged.txt' });
    const two = await site.last();

    await two.files.migrate(final);

    expect(await site.journal()).toEqual([
      'staged.txt media released later',
      'staged.txt old kept held',
      'staged.txt old upload later',
    ]);
  });
});

describe('a whole move, while rows come and go and the worker works', () => {
  it('ends with what rows refer to at the new place, and nothing at the old one', async () => {
    const site = await createSite();
    const drain = async ({ files }: Process): Promise<void> => {
      await site.sql(`update public.file_journal set due_at = now() where due_at < 'infinity'`);
      expect((await files.worker.drain()).problems).toEqual([]);
    };
    const first = await site.first();
    for (const name of ['a.txt', 'b.txt', 'c.txt', 'd.txt']) await first.note(name);
    await first.files.migrate(there);
    await site.sql(`delete from note where id = 1`);
    await drain(first);
    const both = await site.open({
      media: () => fallbackStorage({ primary: site.s3, fallback: site.disk }),
      old: () => site.disk,
      next: () => site.s3,
    });
    await first.note('late.txt');
    await both.note('new.txt');
    await site.sql(`delete from note where id = 2`);
    await drain(both);
    await both.files.migrate({ from: 'old', to: 'next' });
    const last = await site.last();
    await site.sql(`delete from note where id = 3`);
    await drain(last);

    const report = await last.files.migrate({ ...final, deleteSource: true });

    expect(report).toMatchObject({ ...clean, isComplete: true, isSettled: true });
    await drain(last);
    expect(await site.names(site.disk)).toEqual([]);
    expect(await site.names(site.s3)).toEqual(['d.txt', 'late.txt', 'new.txt']);
    expect(await site.journal()).toEqual([]);
  });
});
