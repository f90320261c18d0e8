import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FieldFile } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createApp, text } from '../support.ts';
import { Doc } from './entities.ts';

async function sourcePath(content = 'from disk'): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'filefield-source-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'source.txt');
  await writeFile(path, content);
  return path;
}

describe('a file from a path', () => {
  it('is uploaded and stays', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const path = await sourcePath();

    const doc = em.create(Doc, { name: 'a', file: FieldFile.fromPath(path) });
    await em.flush();

    expect(doc.file).toMatchObject({ filename: 'source.txt', size: 9 });
    expect(existsSync(path)).toBe(true);
  });

  it('that moves is removed after the commit', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const path = await sourcePath();

    em.create(Doc, { name: 'a', file: FieldFile.fromPath(path, { move: true }) });
    await em.flush();

    await vi.waitFor(() => expect(existsSync(path)).toBe(false));
    expect(await app.reclaim()).toEqual(['source.txt']);
  });

  it('that moves stays until the outermost commit', async () => {
    const app = await createApp([Doc]);
    const path = await sourcePath();

    await app.em().transactional(async (em) => {
      await em.transactional(async (inner) => {
        inner.create(Doc, { name: 'a', file: FieldFile.fromPath(path, { move: true }) });
      });
      await delay(50);
      expect(existsSync(path)).toBe(true);
    });

    await vi.waitFor(() => expect(existsSync(path)).toBe(false));
  });

  it('that moves stays when the transaction is rolled back', async () => {
    const app = await createApp([Doc]);
    const path = await sourcePath();

    await app
      .em()
      .transactional(async (em) => {
        em.create(Doc, { name: 'a', file: FieldFile.fromPath(path, { move: true }) });
        await em.flush();
        throw new Error('rolled back');
      })
      .catch(() => {});
    await delay(50);

    expect(existsSync(path)).toBe(true);
  });

  it('that is not there fails the flush and leaves nothing', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    em.create(Doc, { name: 'a', file: FieldFile.fromPath('/no/such/file.txt') });

    await expect(em.flush()).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await app.reclaim()).toEqual([]);
  });
});

describe('dates in uploadTo', () => {
  const Page = defineEntity({
    name: 'Page',
    properties: (p) => ({
      id: p.integer().primary(),
      file: fileField({ uploadTo: '%Y-%m-%d/' }).nullable(),
    }),
  });

  // It is never the same day in two of these.
  it.each(['Pacific/Kiritimati', 'Etc/GMT+12'])('are those of %s', async (timeZone) => {
    const app = await createApp([Page], { files: { timeZone } });
    const em = app.em();
    const page = em.create(Page, { file: text('a.txt') });

    await em.flush();

    expect(page.file!.name).toMatch(new Date().toLocaleDateString('sv', { timeZone }));
  });
});

describe('uploadTo as a function', () => {
  it('is called once, with the entity and the safe filename', async () => {
    const uploadTo = vi.fn((doc: { slug: string }, filename: string) => `${doc.slug}/${filename}`);
    const Page = defineEntity({
      name: 'Page',
      properties: (p) => ({
        slug: p.string().primary(),
        file: fileField<{ slug: string }>({ uploadTo }).nullable(),
      }),
    });
    const app = await createApp([Page]);
    const em = app.em();

    const page = em.create(Page, { slug: 'home', file: text('my file.txt') });
    await em.flush();

    expect(uploadTo.mock.calls).toEqual([[page, 'my_file.txt']]);
    expect(page.file!.name).toMatch(/^home\/my_file_[0-9a-z]{22}\.txt$/);
  });

  it('sees what onCreate gave the entity', async () => {
    const Page = defineEntity({
      name: 'Page',
      properties: (p) => ({
        id: p.integer().primary(),
        slug: p.string().onCreate(() => 'made'),
        file: fileField<{ slug: string }>({
          uploadTo: ({ slug }, filename) => `${slug}/${filename}`,
        }).nullable(),
      }),
    });
    const app = await createApp([Page]);
    const em = app.em();
    const page = em.create(Page, { file: text('a.txt') });

    await em.flush();

    expect(page.file!.name).toMatch(/^made\/a_/);
  });

  it('may be asynchronous', async () => {
    const Page = defineEntity({
      name: 'Page',
      properties: (p) => ({
        slug: p.string().primary(),
        file: fileField({ uploadTo: async (_, filename) => `later/${filename}` }).nullable(),
      }),
    });
    const app = await createApp([Page]);
    const em = app.em();

    const page = em.create(Page, { slug: 'home', file: text('a.txt') });
    await em.flush();

    expect(page.file!.name).toMatch(/^later\//);
  });

  it('that needs a key which is not known yet fails before anything is uploaded', async () => {
    const Keyed = defineEntity({
      name: 'Keyed',
      properties: (p) => ({
        id: p.integer().primary(),
        file: fileField<{ id?: number }>({
          uploadTo: ({ id }, filename) => `${id}/${filename}`,
        }).nullable(),
      }),
    });
    const app = await createApp([Keyed]);
    const em = app.em();
    em.create(Keyed, { file: text('a.txt') });

    await expect(em.flush()).rejects.toThrow(
      /"undefined" in place of a value.*only after its INSERT/,
    );
    expect(app.uploads()).toBe(0);
    expect(await app.journal()).toEqual([]);
  });

  it.each([
    ['leaves the storage', '../etc/passwd'],
    ['is reserved', '.filefield/x'],
    ['is absolute', '/etc/passwd'],
  ])('that %s is refused', async (_, path) => {
    const Page = defineEntity({
      name: 'Page',
      properties: (p) => ({
        slug: p.string().primary(),
        file: fileField({ uploadTo: () => path }).nullable(),
      }),
    });
    const app = await createApp([Page]);
    const em = app.em();
    em.create(Page, { slug: 'home', file: text('a.txt') });

    await expect(em.flush()).rejects.toMatchObject({ code: 'INVALID_NAME' });
    expect(app.uploads()).toBe(0);
  });
});

describe('a file that refers to an existing object', () => {
  it('is checked by stat, and its row does not own it', async () => {
    const app = await createApp([Doc]);
    await app.storage.save('shared/logo.txt', 'logo');
    const em = app.em();

    const file = FieldFile.stored({ storage: 'default', name: 'shared/logo.txt' });
    const doc = em.create(Doc, { name: 'a', file });
    await em.flush();

    expect(doc.file).toMatchObject({ name: 'shared/logo.txt', size: 4, isPending: false });
    expect(doc.file!.toRow()).toMatchObject({ owned: false });
    expect(await doc.file!.text()).toBe('logo');
    expect(app.uploads()).toBe(1);
  });

  it('is never reclaimed with its rows', async () => {
    const app = await createApp([Doc]);
    await app.storage.save('shared/logo.txt', 'logo');
    const em = app.em();
    const file = () => FieldFile.stored({ storage: 'default', name: 'shared/logo.txt' });
    const doc = em.create(Doc, { name: 'a', file: file() });
    em.create(Doc, { name: 'b', file: file() });
    await em.flush();

    doc.file = text('own.txt');
    await em.flush();
    await app.sql('delete from doc');

    expect(await app.reclaim()).toEqual(['logo.txt']);
  });

  it('that is missing throws FileNotFoundError and writes nothing', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, {
      name: 'a',
      file: FieldFile.stored({ storage: 'default', name: 'no/such.txt' }),
    });

    await expect(em.flush()).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(doc.file!.isPending).toBe(true);
    expect(await app.sql('select 1 from doc')).toEqual([]);
  });

  it('is pending again after a rollback and may be used once more', async () => {
    const app = await createApp([Doc]);
    await app.storage.save('shared/logo.txt', 'logo');
    await app.sql(`insert into doc (name) values ('taken')`);
    const em = app.em();
    const file = FieldFile.stored({ storage: 'default', name: 'shared/logo.txt' });
    const doc = em.create(Doc, { name: 'taken', file });
    await em.flush().catch(() => {});

    doc.name = 'free';
    await em.persist(doc).flush();

    expect(doc.file!.toRow()).toMatchObject({ name: 'shared/logo.txt', owned: false });
  });

  it('is shared when it is assigned to another row, not copied', async () => {
    const app = await createApp([Doc]);
    await app.storage.save('shared/logo.txt', 'logo');
    const em = app.em();
    const file = FieldFile.stored({ storage: 'default', name: 'shared/logo.txt' });
    const one = em.create(Doc, { name: 'one', file });
    await em.flush();

    const two = em.create(Doc, { name: 'two', file: one.file! });
    await em.flush();

    expect(two.file!.name).toBe('shared/logo.txt');
    expect(app.storage.calls.filter(({ operation }) => operation === 'copy')).toEqual([]);
  });

  it('of another storage than the field may be used', async () => {
    const app = await createApp([Doc]);
    await app.other.save('shared/logo.txt', 'logo');
    const em = app.em();

    const file = FieldFile.stored({ storage: 'other', name: 'shared/logo.txt' });
    const doc = em.create(Doc, { name: 'a', file });
    await em.flush();

    expect(doc.file!.storage).toBe('other');
    expect(await doc.file!.text()).toBe('logo');
  });

  it('of a storage that nobody defined throws UnknownStorageError', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const file = FieldFile.stored({ storage: 'nowhere', name: 'shared/logo.txt' });
    em.create(Doc, { name: 'a', file });

    await expect(em.flush()).rejects.toMatchObject({ code: 'UNKNOWN_STORAGE' });
  });
});
