import { FieldFile, MemoryStorage } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, text } from '../support.ts';
import type { App } from '../support.ts';

const Member = defineEntity({
  name: 'Member',
  properties: (p) => ({
    id: p.integer().primary(),
    avatar: fileField({ default: 'avatars/none.png' }).nullable(),
  }),
});

async function createMembers(): Promise<App> {
  const storage = new MemoryStorage();
  await storage.save('avatars/none.png', 'nobody');
  return createApp([Member], { default: storage });
}

describe('a default', () => {
  it('is what a new entity holds that is given no file, without owning it', async () => {
    const app = await createMembers();
    const em = app.em();
    const member = em.create(Member, {});

    await em.flush();

    expect(member.avatar!.toRow()).toEqual({
      storage: 'default',
      name: 'avatars/none.png',
      owned: false,
    });
    expect(await (await app.em().findOneOrFail(Member, 1)).avatar!.text()).toBe('nobody');
    expect((await app.orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });

  it('is never reclaimed, however its rows go', async () => {
    const app = await createMembers();
    const em = app.em();
    const [one] = [em.create(Member, {}), em.create(Member, {}), em.create(Member, {})];
    await em.flush();
    one.avatar = text('own.png', 'bytes');
    await em.flush();
    one.avatar = null;
    await em.flush();
    await app.sql('delete from member where id = 2');

    await app.sql('truncate member');

    expect(await app.journal()).toEqual(['own.png released due']);
    expect(await app.reclaim()).toEqual(['none.png']);
  });

  it('stays out of the way of a file that is given', async () => {
    const app = await createMembers();
    const em = app.em();
    const member = em.create(Member, { avatar: text('own.png', 'bytes') });

    await em.flush();

    expect(await member.avatar!.text()).toBe('bytes');
    expect(await app.reclaim()).toEqual(['none.png', 'own.png']);
  });

  it('may be another one for each entity, by onCreate', async () => {
    const Named = defineEntity({
      name: 'Named',
      properties: (p) => ({
        id: p.integer().primary(),
        kind: p.string(),
        avatar: fileField()
          .nullable()
          .onCreate(({ kind }: { kind: string }) =>
            FieldFile.stored({ storage: 'default', name: `avatars/${kind}.png` }),
          ),
      }),
    });
    const storage = new MemoryStorage();
    await storage.save('avatars/cat.png', 'a cat');
    const app = await createApp([Named], { default: storage });
    const em = app.em();
    const named = em.create(Named, { kind: 'cat' });
    await em.flush();

    expect(await named.avatar!.text()).toBe('a cat');
    await em.remove(named).flush();
    expect(await app.reclaim()).toEqual(['cat.png']);
  });

  it('may be renamed into a file of its own', async () => {
    const app = await createMembers();
    const em = app.em();
    const member = em.create(Member, {});
    await em.flush();
    member.avatar = member.avatar!.renamed('own.png');

    await em.flush();
    await em.remove(member).flush();

    expect(await app.journal()).toEqual(['own.png released due']);
    expect(await app.reclaim()).toEqual(['none.png']);
  });
});
