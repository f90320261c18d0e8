import { fallbackStorage, FieldFile, MemoryStorage } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { createSite, Note, type Process, type Site } from './support.ts';

const there = { from: 'media', to: 'next' };
const final = { from: 'old', to: 'media' };

async function drainAll(site: Site, { files }: Process) {
  await site.sql(`update public.file_journal set due_at = now() where due_at < 'infinity'`);
  return await files.worker.drain();
}

async function textOf(site: Site, place: 'disk' | 's3', name: string): Promise<string> {
  return await new Response(await site[place].open(name)).text();
}

describe('a process of the first configuration that is left when the move is settled', () => {
  it('keeps the file that it was uploading, which lies at the source alone', async () => {
    const site = await createSite();
    const one = await site.first();
    const two = await site.last();
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const bytes = async function* () {
      begun.resolve();
      await goOn.promise;
      yield Buffer.from('late');
    };
    const em = one.em();
    em.create(Note, { file: FieldFile.from(bytes(), { filename: 'late.txt' }) });
    const flushed = em.flush();
    await begun.promise;
    expect(await two.files.migrate(final)).toMatchObject({ isSettled: true });
    goOn.resolve();
    await flushed;

    const { problems } = await drainAll(site, two);

    expect(problems).toEqual([
      expect.stringContaining('storage "media", which has no such object'),
    ]);
    expect(await site.names(site.disk)).toEqual(['late.txt']);
  });

  it('deletes no copy that is being settled', async () => {
    const site = await createSite();
    const one = await site.first();
    await one.note('a.txt');
    await one.files.migrate(there);
    const two = await site.open({
      media: () => site.s3,
      old: () => site.disk,
      next: () => site.s3,
    });
    await site.sql(`create function stop() returns trigger language plpgsql as $$ begin raise 'killed'; end $$;
      create trigger stop before delete on public.file_journal for each row when (old.reason = 'released') execute function stop()`);
    await expect(two.files.migrate({ from: 'old', to: 'next' })).rejects.toThrow('killed');
    await site.sql('drop trigger stop on public.file_journal');

    await drainAll(site, one);

    expect(await site.names(site.s3)).toEqual(['a.txt']);
  });
});

describe('reconcile() after a move', () => {
  it('keeps what was written to the source since, while rows mean the target', async () => {
    const site = await createSite();
    const one = await site.first();
    await one.note('a.txt');
    const two = await site.last();
    await two.files.migrate(final);
    await one.note('late.txt');

    const { scheduled } = await two.files.reconcile({ dryRun: false, olderThan: '0ms' });

    expect(scheduled).toBe(1);
    await drainAll(site, two);
    expect(await site.names(site.disk)).toContain('late.txt');
  });
});

describe('deleteSource', () => {
  it('keeps what has no copy any more when its time has come', async () => {
    const site = await createSite();
    const one = await site.first();
    const { file } = await one.note('a.txt');
    const two = await site.last();
    await two.files.migrate({ ...final, deleteSource: true });
    await site.s3.delete(file!.name!);

    const { problems } = await drainAll(site, two);

    expect(problems).toEqual([
      expect.stringContaining('storage "media", which has no such object'),
    ]);
    expect(await site.names(site.disk)).toEqual(['a.txt']);
  });

  it('is called off by a migration back, whatever its configuration means', async () => {
    const site = await createSite();
    const one = await site.first();
    await one.note('a.txt');
    const two = await site.last();
    await two.files.migrate({ ...final, deleteSource: true });
    await one.files.migrate({ from: 'next', to: 'media' });

    await drainAll(site, two);

    expect(await site.names(site.disk)).toEqual(['a.txt']);
  });

  it('is not settled by rows while another alias means the same place', async () => {
    const site = await createSite();
    const { disk, s3 } = site;
    const one = await site.open({ media: () => disk, old: () => disk, next: () => s3 });
    await one.note('a.txt');
    const route = { from: 'old', to: 'next', switch: 'rows', deleteSource: true } as const;

    const { isSettled, next } = await one.files.migrate(route);

    expect(isSettled).toBe(false);
    expect(next).toContain('Rows under other aliases still mean the place of "old"');
  });

  it('does not say that nothing is left where the source is not ours', async () => {
    const site = await createSite();
    const two = await site.last();
    await site.disk.save('theirs.txt', 'x');
    const theirs = await site.open({ media: () => site.disk }, { environment: 'theirs' });
    await theirs.files.claimLocation('media');

    const { next, problems } = await two.files.migrate({ ...final, deleteSource: true });

    expect(problems).toHaveLength(1);
    expect(next).toContain('Look at the problems');
  });
});

describe('migrate()', () => {
  it('leaves what another migration keeps at its target', async () => {
    const site = await createSite();
    const one = await site.first();
    await one.note('a.txt');
    const two = await site.last();
    await two.files.migrate(final);
    const third = new MemoryStorage();
    const other = await site.open({
      media: () => site.s3,
      old: () => site.disk,
      third: () => third,
    });
    await other.files.migrate({ from: 'third', to: 'old' });

    await drainAll(site, other);

    expect(await site.names(site.disk)).toEqual(['a.txt']);
  });

  it('keeps what was written at the target over a copy that no row refers to', async () => {
    const site = await createSite();
    const one = await site.first();
    await one.note('a.txt');
    await site.disk.save('terms.txt', 'old');
    await one.files.migrate(there);
    const both = await site.open({
      media: () => fallbackStorage({ primary: site.s3, fallback: site.disk }),
      old: () => site.disk,
      next: () => site.s3,
    });
    await site.s3.save('terms.txt', 'new', { ifExists: 'overwrite' });

    const { conflicts } = await both.files.migrate({ from: 'old', to: 'next' });

    expect(conflicts).toHaveLength(1);
    expect(await textOf(site, 's3', 'terms.txt')).toBe('new');
  });

  it('copies on what an unfinished migration has brought', async () => {
    const site = await createSite();
    const third = new MemoryStorage();
    const one = await site.open({
      media: () => site.disk,
      next: () => site.s3,
      third: () => third,
    });
    await one.note('a.txt');
    await one.files.migrate(there);

    const { copied } = await one.files.migrate({ from: 'next', to: 'third' });

    expect(copied).toBe(1);
  });

  it('frees a name that it brings back under all aliases of its place', async () => {
    const site = await createSite();
    const { disk, s3 } = site;
    const one = await site.first();
    await one.note('a.txt');
    const two = await site.open({ media: () => s3, old: () => disk, also: () => disk });
    await two.files.migrate({ ...final, deleteSource: true });
    await drainAll(site, two);

    const { copied } = await two.files.migrate({ from: 'media', to: 'old' });

    expect(copied).toBe(1);
    expect(await site.sql('select from public.file_journal where state > 0')).toEqual([]);
  });
});
