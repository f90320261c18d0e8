import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fallbackStorage, FileSystemStorage, MemoryStorage } from '@filefield/core';
import { asLibrary } from '@filefield/core/binding';
import { workerGrants } from '@filefield/mikro-orm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { failPoints, type FailPointHook } from '../../../packages/mikro-orm/src/fail-points.ts';
import { createSite, told, type Site } from './support.ts';

const there = { from: 'media', to: 'next' } as const;

/** A site with as many notes. */
async function siteOf(count: number): Promise<{ site: Site; names: string[] }> {
  const site = await createSite();
  const { note } = await site.first();
  const names: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { file } = await note(`${index}.txt`);
    names.push(file!.name!);
  }
  return { site, names };
}

describe('migrate() refuses', () => {
  it.each([
    [
      'an alias that nobody defined',
      { from: 'media', to: 'nowhere' },
      'Cannot use storage "nowhere"',
    ],
    ['one place under two aliases', { from: 'media', to: 'same' }, 'both are the same place'],
    ['a place made of several', { from: 'both', to: 'next' }, '"both" is made of several places'],
    ['no object at once', { ...there, concurrency: 0 }, 'Cannot use 0 as concurrency'],
    ['half a byte', { ...there, bytesPerSecond: 0.5 }, 'Cannot use 0.5 as bytesPerSecond'],
  ])('%s', async (_, options, message) => {
    const site = await createSite();
    const { files } = await site.open({
      media: () => site.disk,
      same: () => site.disk,
      both: () => fallbackStorage({ primary: site.s3, fallback: site.disk }),
      next: () => site.s3,
    });

    await expect(files.migrate(options)).rejects.toThrow(message);
  });

  it('to write to what belongs to another environment', async () => {
    const { site } = await siteOf(1);
    const { files } = await site.first({ environment: 'staging' });
    await site.s3.save(
      '.filefield/owner',
      '{"environment": "prod", "journal": "another"}',
      asLibrary({}),
    );

    await expect(files.migrate(there)).rejects.toThrow(
      'Cannot migrate to storage "next": its location belongs to another environment or database',
    );
  });

  it('a second run while one is at it, and lets go when that has ended', async () => {
    const { site } = await siteOf(1);
    let second: Promise<unknown> | undefined;
    const other = await site.first();
    const hook: FailPointHook = async (point) => {
      if (point === 'hold') second ??= other.files.migrate(there).catch((error: unknown) => error);
      await second;
    };
    const { files } = await site.first({ [failPoints]: hook });

    await files.migrate(there);

    expect(String(await second)).toContain('another migration has one of the places');
    expect((await other.files.migrate(there)).isComplete).toBe(true);
  });
});

describe('migrate() that loses the connection which keeps others away', () => {
  it('ends early', async () => {
    const { site } = await siteOf(2);
    const hook: FailPointHook = async (point) => {
      if (point !== 'hold') return;
      await site.sql(
        `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
      );
      await sleep(50);
    };
    const { files } = await site.first({ [failPoints]: hook });

    const { problems, isComplete } = await files.migrate(there);

    expect({ problems, isComplete }).toEqual({
      problems: ['The connection that keeps other migrations away was lost'],
      isComplete: false,
    });
  });
});

describe('migrate() of what belongs to another environment', () => {
  it('copies it, and schedules nothing there', async () => {
    const { site } = await siteOf(1);
    const owner = '{"environment": "prod", "journal": "another"}';
    await site.disk.save('.filefield/owner', owner, asLibrary({ ifExists: 'overwrite' }));
    const { files } = await site.last();

    const report = await files.migrate({ from: 'old', to: 'media', deleteSource: true });

    expect(told(report)).toMatchObject({ copied: 1, verified: 1, held: 0, scheduled: 0 });
    expect(report.problems.join()).toContain('Cannot delete objects of storage "old"');
  });
});

describe('migrate() where something fails', () => {
  it('tries an object again in the same run', async () => {
    const { site } = await siteOf(3);
    const { files } = await site.first();
    site.s3Faults.push({ operation: 'save', call: 3 });

    const report = await files.migrate(there);

    expect(told(report)).toMatchObject({ copied: 3, verified: 3, failed: [], isComplete: true });
  });

  it('goes on with the others where one object cannot be copied', async () => {
    const { site, names } = await siteOf(3);
    const { files } = await site.first();
    site.s3Faults.push({ operation: 'save', name: names[1] });

    const report = await files.migrate(there);

    expect(report).toMatchObject({ copied: 2, isComplete: false, failed: [{ name: names[1] }] });
    expect(report.next).toBe('1 object could not be copied: run it again, it goes on from there');
  });

  it.each(['before', 'during', 'after'] as const)(
    'leaves nothing half done where every copy fails %s it is stored',
    async (when) => {
      const { site, names } = await siteOf(2);
      const { files } = await site.first();
      site.s3Faults.push(...names.map((name) => ({ operation: 'save', name, when }) as const));
      await files.migrate(there);
      site.s3Faults.length = 0;

      const report = await files.migrate(there);

      expect(told(report)).toMatchObject({ verified: 2, conflicts: [], isComplete: true });
    },
  );

  it('gives up where the target is down', async () => {
    const { site, names } = await siteOf(8);
    const { files } = await site.first();
    site.s3Faults.push(...names.map((name) => ({ operation: 'save', name }) as const));

    const report = await files.migrate({ ...there, concurrency: 1 });

    expect(report.problems).toEqual([expect.stringMatching(/^Gave up after 5 failures in a row/)]);
    expect(report).toMatchObject({ isComplete: false, copied: 0 });
  });

  it('tells a listing that fails, and writes no more', async () => {
    const { site } = await siteOf(1);
    const { files } = await site.first();
    site.diskFaults.push({ operation: 'walk' });

    const { problems, isComplete } = await files.migrate(there);

    expect({ problems, isComplete }).toEqual({
      problems: ['Cannot walk "" in storage "media": a fault was ordered'],
      isComplete: false,
    });
  });
});

describe('migrate() where rows are hidden by a policy', () => {
  it('copies nothing', async () => {
    const { site } = await siteOf(1);
    const role = `filefield_role_${randomBytes(6).toString('hex')}`;
    await site.sql(`create role ${role} login password 'x'`);
    const { files } = await site.first({}, { user: role, password: 'x' });
    onTestFinished(async () => void (await site.sql(`drop owned by ${role}; drop role ${role}`)));
    for (const grant of workerGrants({ role, tables: [{ name: 'note' }] })) await site.sql(grant);
    await site.sql(`alter table note enable row level security`);

    const { copied, problems } = await files.migrate(there);

    expect(copied).toBe(0);
    expect(problems).toEqual([expect.stringContaining('BYPASSRLS')]);
  });
});

describe('migrate({ signal })', () => {
  it('ends early, says how to go on, and the next run goes on', async () => {
    const { site } = await siteOf(3);
    const { files } = await site.first();
    const ending = new AbortController();
    const onProgress = (): void => ending.abort();

    const ended = await files.migrate({ ...there, signal: ending.signal, onProgress });

    expect(ended).toMatchObject({ isComplete: false, failed: [] });
    expect(ended.next).toBe('It was ended early: run it again, it goes on from there');
    expect((await files.migrate(there)).isComplete).toBe(true);
  });

  it('gives up what is being copied', async () => {
    const { site, names } = await siteOf(1);
    const { files } = await site.first();
    const ending = new AbortController();
    site.s3Faults.push({ operation: 'save', name: names[0], effect: 'hang', when: 'during' });
    setTimeout(() => ending.abort(), 200);

    const report = await files.migrate({ ...there, signal: ending.signal });

    expect(report).toMatchObject({ copied: 0, isComplete: false });
    expect(await site.names(site.s3)).toEqual([]);
  });
});

describe('migrate({ bytesPerSecond })', () => {
  it('lets all bytes through', async () => {
    const { site } = await siteOf(2);
    const { files } = await site.first();

    const report = await files.migrate({ ...there, bytesPerSecond: 1000 });

    expect(report).toMatchObject({ copied: 2, verified: 2, isComplete: true });
  });
});

describe('migrate({ onProgress })', () => {
  it('is told of every object in each phase', async () => {
    const { site } = await siteOf(2);
    const { files } = await site.first();
    const phases: string[] = [];

    await files.migrate({
      ...there,
      onProgress: ({ phase, done }) => phases.push(`${phase} ${done}`),
    });

    expect(phases).toEqual(['audit 1', 'audit 2', 'copy 1', 'copy 2', 'verify 1', 'verify 2']);
  });
});

describe('migrate() to a disk', () => {
  it('tells names that the disk cannot have beside each other, and copies the others', async () => {
    const disk = new MemoryStorage();
    const s3 = new FileSystemStorage({ location: await temporaryDirectory() });
    const site = await createSite({ disk, s3 });
    const { files } = await site.first();
    for (const name of ['a', 'a/b', 'a.txt', '.filefield-x']) await disk.save(name, name);

    const dry = await files.migrate({ ...there, dryRun: true });
    const { conflicts, copied } = await files.migrate(there);

    expect(dry.conflicts).toEqual(conflicts);
    expect({ names: conflicts.map(({ name }) => name), copied }).toEqual({
      names: ['.filefield-x', 'a/b'],
      copied: 2,
    });
  });

  it('tells names that are one to a target that ignores case', async () => {
    class Folding extends MemoryStorage {
      override readonly capabilities = {
        ...new MemoryStorage().capabilities,
        caseSensitive: false,
      };
    }
    const disk = new MemoryStorage();
    const site = await createSite({ disk, s3: new Folding() });
    const { files } = await site.first();
    for (const name of ['A.txt', 'a.txt']) await disk.save(name, name);

    const { conflicts, copied } = await files.migrate(there);

    expect({ names: conflicts.map(({ name }) => name), copied }).toEqual({
      names: ['a.txt'],
      copied: 1,
    });
  });

  it('removes what a killed run has left unfinished', async () => {
    const s3 = new FileSystemStorage({ location: await temporaryDirectory() });
    const site = await createSite({ s3 });
    const { files, note } = await site.first();
    const { file } = await note('a.txt');
    site.s3Faults.push({ operation: 'save', name: file!.name });
    await files.migrate(there);
    const digest = createHash('sha256').update(file!.name!).digest('hex').slice(0, 32);
    const left = new URL(`.filefield/tmp/${digest}/`, s3.location);
    await mkdir(left, { recursive: true });
    await writeFile(new URL('part', left), 'half');
    site.s3Faults.length = 0;

    await files.migrate(there);

    expect(await Array.fromAsync(s3.unfinished())).toEqual([]);
  });
});
