import { FieldFile } from '@filefield/core';
import { describe, expect, it, vi } from 'vitest';
import { killAfter } from './killed.ts';
import { Member } from './member.ts';
import { createClub, png, pngSha256 } from './members.ts';

const column = { column: 'avatar' };

/** A club of one with a file. */
async function clubOfOne() {
  const club = await createClub(['avatars/me.png']);
  await club.put('avatars/me.png');
  return club;
}

describe('adopt() of a table that Django made', () => {
  it('writes what the library itself would have written', async () => {
    const club = await clubOfOne();
    const { modifiedAt } = await club.storage.stat('avatars/me.png');

    const report = await club.files.adopt(Member, 'avatar', column);

    expect(report).toEqual({
      dryRun: false,
      rows: 1,
      adopted: 1,
      bytes: png.byteLength,
      overtaken: 0,
      problems: [],
      counts: {},
      more: 0,
      isComplete: true,
    });
    expect(await club.column('avatar_file')).toEqual([
      {
        storage: 'default',
        name: 'avatars/me.png',
        filename: 'me.png',
        size: png.byteLength,
        type: 'image/png',
        sha256: pngSha256,
        uploadedAt: modifiedAt.toISOString(),
      },
    ]);
  });

  it('makes files of the names: their URL, size and type come from the row', async () => {
    const club = await clubOfOne();
    await club.files.adopt(Member, 'avatar', column);
    club.storage.forgetCalls();

    const { avatar } = await club.em().findOneOrFail(Member, { nickname: 'm1' });

    expect(avatar).toMatchObject({ url: '/media/avatars/me.png', size: 70, type: 'image/png' });
    expect(club.storage.calls).toEqual([]);
    expect(Buffer.from(await avatar!.bytes({ verify: true }))).toEqual(png);
  });

  it('leaves rows without a file empty, and touches nothing else of any row', async () => {
    const club = await createClub(['', 'avatars/me.png']);
    await club.put('avatars/me.png');
    const others = `id, nickname, avatar, version, updated_at`;
    const before = await club.sql(`select ${others} from club_member order by id`);

    const { rows } = await club.files.adopt(Member, 'avatar', column);

    expect(rows).toBe(1);
    expect(await club.sql(`select ${others} from club_member order by id`)).toEqual(before);
    expect(await club.column('avatar_file is null')).toEqual([true, false]);
  });

  it('hands the objects to the lifecycle: what is replaced or deleted is reclaimed, and nothing is an orphan', async () => {
    const club = await createClub(['a.png', 'b.png', 'c.png']);
    for (const name of ['a.png', 'b.png', 'c.png']) await club.put(name);
    await club.files.adopt(Member, 'avatar', column);
    const em = club.em();
    const [one, two] = await em.find(Member, {}, { orderBy: { id: 1 } });

    one!.avatar = FieldFile.from('new', { filename: 'new.txt' });
    em.remove(two!);
    await em.flush();

    expect(await club.reclaim()).toEqual(['c.png', 'new.txt']);
    expect(await club.files.reconcile({ olderThan: '0ms' })).toMatchObject({
      references: 2,
      orphans: [],
      missing: [],
      differences: [],
      problems: [],
    });
  });

  it('gives objects to rows that do not own them, where another program still writes the table', async () => {
    const club = await clubOfOne();

    await club.files.adopt(Member, 'avatar', { ...column, owned: false });
    await club.em().nativeDelete(Member, {});

    expect(await club.reclaim()).toEqual(['me.png']);
  });

  it('counts in a dry run, reads no object and writes nothing', async () => {
    const club = await createClub(['a.png', 'gone.png']);
    await club.put('a.png');

    const report = await club.files.adopt(Member, 'avatar', { ...column, dryRun: true });

    expect(report).toMatchObject({
      dryRun: true,
      rows: 2,
      adopted: 1,
      bytes: 70,
      isComplete: false,
    });
    expect(report.counts).toEqual({ missing: 1 });
    expect(await club.column('avatar_file')).toEqual([null, null]);
    expect(club.storage.calls.map(({ operation }) => operation)).toEqual(['stat', 'stat']);
  });

  it('only asks the storage where no checksum is wanted', async () => {
    const club = await clubOfOne();

    await club.files.adopt(Member, 'avatar', { ...column, checksum: false });

    const [row] = await club.column('avatar_file');
    expect(row).toMatchObject({ size: 70, type: 'image/png' });
    expect(row).not.toHaveProperty('sha256');
    expect(club.storage.calls.map(({ operation }) => operation)).toEqual(['stat']);
  });

  it('finds the objects under another alias where it is told one', async () => {
    const club = await createClub(['a.txt']);
    await club.other.save('a.txt', 'a');

    await club.files.adopt(Member, 'avatar', { ...column, storage: 'other' });

    expect(await club.column(`avatar_file ->> 'storage'`)).toEqual(['other']);
  });

  it('takes URLs below one of the base URLs', async () => {
    const club = await createClub([
      'https://media.example.com/avatars/a%20b.png?X-Amz-Signature=f00#top',
      'http://acme.s3.amazonaws.com/avatars/c.png',
    ]);
    await club.put('avatars/a b.png');
    await club.put('avatars/c.png');
    const baseUrl = ['https://media.example.com', 'https://acme.s3.amazonaws.com/'];

    const { isComplete } = await club.files.adopt(Member, 'avatar', { ...column, baseUrl });

    expect(isComplete).toBe(true);
    expect(await club.column(`avatar_file ->> 'name'`)).toEqual([
      'avatars/a b.png',
      'avatars/c.png',
    ]);
  });
});

describe('a row that cannot be adopted', () => {
  it('is told and left: no such object, an empty one, a way out of the storage, a URL nobody told of', async () => {
    const values = ['gone.png', 'empty.png', '../../etc/passwd', 'https://x.test/a.png'];
    const club = await createClub(values);
    await club.put('empty.png', new Uint8Array());

    const report = await club.files.adopt(Member, 'avatar', { ...column, concurrency: 1 });

    expect(report).toMatchObject({ adopted: 0, isComplete: false });
    expect(report.problems).toEqual([
      {
        key: { id: '1' },
        value: 'gone.png',
        kind: 'missing',
        reason: 'Cannot stat "gone.png" in storage "default": no such file',
      },
      { key: { id: '2' }, value: 'empty.png', kind: 'empty', reason: 'the file is empty' },
      {
        key: { id: '3' },
        value: '../../etc/passwd',
        kind: 'name',
        reason: 'it has the component ".."',
      },
      {
        key: { id: '4' },
        value: '//x.test/a.png',
        kind: 'url',
        reason: 'it is a URL, pass the baseUrl of the storage',
      },
    ]);
    expect(await club.column('avatar_file')).toEqual([null, null, null, null]);
  });

  it('names an object that is being reclaimed, and the others are adopted', async () => {
    const club = await createClub(['a.png', 'b.png']);
    await club.put('a.png');
    await club.put('b.png');
    await club.sql(
      `insert into file_journal (storage, name, reason, state) values ('default', 'a.png', 'released', 2)`,
    );

    const report = await club.files.adopt(Member, 'avatar', column);

    expect(report).toMatchObject({ adopted: 1, problems: [{ value: 'a.png', kind: 'reclaimed' }] });
  });

  it('breaks a constraint of the table, whose name is told', async () => {
    const club = await clubOfOne();
    await club.sql(
      `alter table club_member add constraint small check ((avatar_file ->> 'size')::int < 50)`,
    );

    const { problems } = await club.files.adopt(Member, 'avatar', column);

    expect(problems).toMatchObject([
      { kind: 'refused', reason: 'the table refuses the row: constraint "small"' },
    ]);
  });

  it('has an object that the storage fails to read', async () => {
    const club = await clubOfOne();
    club.faults.push({ operation: 'open' });

    const { problems } = await club.files.adopt(Member, 'avatar', column);

    expect(problems).toMatchObject([{ kind: 'storage', value: 'avatars/me.png' }]);
  });

  it('is counted beyond the limit of what is told', async () => {
    const club = await createClub(['a', 'b', 'c', '../d']);

    const report = await club.files.adopt(Member, 'avatar', { ...column, limit: 1 });

    expect(report.problems).toHaveLength(1);
    expect(report).toMatchObject({ counts: { missing: 3, name: 1 }, more: 3 });
  });

  it('shows neither a signature nor a path of the server', async () => {
    const club = await createClub(['https://x.test/a.png?Signature=secret', '/srv/media/a.png']);

    const { problems } = await club.files.adopt(Member, 'avatar', column);

    expect(problems.map(({ value }) => value)).toEqual(['//x.test/a.png', 'a.png']);
    expect(JSON.stringify(problems)).not.toMatch(/secret|srv/);
  });
});

/** A run that has read its row, and waits for the storage. */
async function waitingRun() {
  const club = await clubOfOne();
  club.faults.push({ operation: 'stat', effect: 'hang' });
  const run = club.files.adopt(Member, 'avatar', column);
  await vi.waitFor(() => expect(club.storage.calls).toHaveLength(1), 20_000);
  return { club, run };
}

describe('a run of adopt()', () => {
  it('leaves a row that was given a file meanwhile', async () => {
    const { club, run } = await waitingRun();
    const winner = { storage: 'other', name: 'b.txt' };
    await club.sql(`update club_member set avatar_file = ?`, [JSON.stringify(winner)]);

    club.storage.release();

    expect(await run).toMatchObject({ rows: 1, adopted: 0, overtaken: 1, isComplete: false });
    expect(await club.column('avatar_file')).toEqual([winner]);
  });

  it('leaves a row whose former column was written meanwhile', async () => {
    const { club, run } = await waitingRun();
    await club.sql(`update club_member set avatar = 'avatars/other.png'`);

    club.storage.release();

    expect(await run).toMatchObject({ adopted: 0, overtaken: 1 });
    expect(await club.column('avatar_file')).toEqual([null]);
  });

  it('does not look again at what an earlier one has done', async () => {
    const club = await createClub(['a.png', 'gone.png']);
    await club.put('a.png');
    await club.files.adopt(Member, 'avatar', column);
    await club.put('gone.png');

    const again = await club.files.adopt(Member, 'avatar', column);

    expect(again).toMatchObject({ rows: 1, adopted: 1, isComplete: true });
    expect(await club.files.adopt(Member, 'avatar', column)).toMatchObject({
      rows: 0,
      isComplete: true,
    });
  });

  it('may go beside another one: each row is written once', async () => {
    const club = await createClub(Array.from({ length: 30 }, (_, index) => `${index}.png`));
    for (const name of await club.column<string>('avatar')) await club.put(name);

    const runs = await Promise.all([
      club.files.adopt(Member, 'avatar', column),
      club.files.adopt(Member, 'avatar', column),
    ]);

    expect(runs.map(({ adopted }) => adopted).reduce((sum, one) => sum + one)).toBe(30);
    expect(await club.column('avatar_file is null')).not.toContain(true);
  });

  it('tells how far it is', async () => {
    const club = await createClub(['a.png', 'gone.png']);
    await club.put('a.png');
    const told: unknown[] = [];

    await club.files.adopt(Member, 'avatar', {
      ...column,
      concurrency: 1,
      onProgress: (progress) => told.push(progress),
    });

    expect(told).toEqual([
      { done: 1, total: 2, bytes: 70, name: 'a.png' },
      { done: 2, total: 2, bytes: 70, name: 'gone.png' },
    ]);
  });

  it('ends where it is told to, and what it wrote stays', async () => {
    const club = await createClub(['a.png', 'b.png', 'c.png']);
    for (const name of ['a.png', 'b.png', 'c.png']) await club.put(name);
    const stop = new AbortController();

    const run = club.files.adopt(Member, 'avatar', {
      ...column,
      concurrency: 1,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    });

    await expect(run).rejects.toThrow('enough');
    expect(await club.column('avatar_file is null')).toEqual([false, true, true]);
  });

  it('goes on where it was killed, again and again', async () => {
    const names = Array.from({ length: 24 }, (_, index) => `${index}.png`);
    const club = await createClub(names);
    for (const name of names) await club.put(name);

    const killed = [await killAfter(club, 5), await killAfter(club, 5), await killAfter(club, 5)];
    const { adopted, isComplete } = await club.files.adopt(Member, 'avatar', column);

    expect(killed).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL']);
    expect(adopted).toBeLessThanOrEqual(9);
    expect(isComplete).toBe(true);
    expect(await club.column(`avatar_file ->> 'name'`)).toEqual(names);
    expect(await club.files.reconcile({ olderThan: '0ms' })).toMatchObject({
      references: 24,
      orphans: [],
    });
  });
});
