import { FileValidationError, type FileRow } from '@filefield/core';
import { imageField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, type App } from '../support.ts';
import { picture, sized, testEngine, undecodable, type TestEngine } from './support.ts';

const User = defineEntity({
  name: 'User',
  properties: (p) => ({
    id: p.integer().primary(),
    avatar: imageField({
      variants: { thumb: sized(100) },
      generate: 'eager',
      placeholder: true,
    }).nullable(),
  }),
});

async function createUsers(): Promise<App & { engine: TestEngine }> {
  const engine = testEngine();
  const keys = ['eager variants are made of direct uploads too'];
  const app = await createApp([User], { files: { keys, variants: { engine } } });
  return { ...app, engine };
}

async function avatars(app: App): Promise<(FileRow | null)[]> {
  const rows = await app.sql<{ avatar: FileRow }>('select avatar from "user" order by id');
  return rows.map(({ avatar }) => avatar);
}

const listed = { thumb: { width: 100, type: 'image/webp' } };

describe('eager variants', () => {
  it('are there when the flush returns, and listed in the row from the beginning', async () => {
    const app = await createUsers();
    const em = app.em();
    const user = em.create(User, { avatar: picture() });

    await em.flush();

    expect(user.avatar?.toRow()).toMatchObject({ variants: listed, placeholder: 'aGFzaA==' });
    expect(await avatars(app)).toMatchObject([{ variants: listed }]);
    expect(await app.journal()).toEqual([]);
    expect(await app.objects()).toHaveLength(2);
  });

  it('refuse an image of which they cannot be made, and nothing of it stays', async () => {
    const app = await createUsers();
    app.engine.before = undecodable;
    const em = app.em();
    em.create(User, { avatar: picture() });

    await expect(em.flush()).rejects.toThrow(FileValidationError);

    expect(await avatars(app)).toEqual([]);
    expect(await app.reclaim()).toEqual([]);
  });

  it('leave nothing where the storage fails on their way', async () => {
    const app = await createUsers();
    app.faults.push({ operation: 'save', call: 2 });
    const em = app.em();
    em.create(User, { avatar: picture() });

    await expect(em.flush()).rejects.toThrow('Cannot save');

    expect(await app.reclaim()).toEqual([]);
  });

  it('are used again by the flush after a rollback, like their original', async () => {
    const app = await createUsers();
    const em = app.em();
    const avatar = picture();
    const rolledBack = em.transactional(async (inner) => {
      inner.create(User, { avatar });
      await inner.flush();
      throw new Error('back');
    });
    await expect(rolledBack).rejects.toThrow('back');
    const uploads = app.uploads();

    const again = app.em();
    again.create(User, { avatar });
    await again.flush();

    expect(app.uploads()).toBe(uploads);
    expect(await avatars(app)).toMatchObject([{ variants: listed }]);
    expect(await app.reclaim()).toHaveLength(2);
  });

  it('are made again where they were reclaimed after the rollback', async () => {
    const app = await createUsers();
    const em = app.em();
    const avatar = picture();
    const rolledBack = em.transactional(async (inner) => {
      inner.create(User, { avatar });
      await inner.flush();
      throw new Error('back');
    });
    await expect(rolledBack).rejects.toThrow('back');
    await app.sql(`update file_journal set due_at = now() where name like '%.v/%'`);
    await app.files.worker.drain();

    const again = app.em();
    again.create(User, { avatar });
    await again.flush();

    expect(await app.reclaim()).toHaveLength(2);
  });

  it('are made by stage(), and listed by the statement that takes the file', async () => {
    const app = await createUsers();
    const avatar = await app.files.stage(User, 'avatar', picture());

    await app.em().insertMany(User, [{ avatar }]);

    expect(await avatars(app)).toMatchObject([{ variants: listed }]);
    expect(await app.reclaim()).toHaveLength(2);
  });

  it('of a copy are its own', async () => {
    const app = await createUsers();
    const em = app.em();
    const user = em.create(User, { avatar: picture() });
    await em.flush();
    em.create(User, { avatar: user.avatar!.copy() });
    await em.flush();

    await app.sql('delete from "user" where id = 1');

    expect(await app.reclaim()).toHaveLength(2);
  });
});
