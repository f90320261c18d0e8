import { FieldFile } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity, ScalarReference, wrap } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { text } from '../support.ts';
import { createSharedApp } from './shared-app.ts';
import { saveUser, User, UserSchema } from './user.ts';

const Note = defineEntity({
  name: 'Note',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string(),
    letter: fileField().nullable().lazy().ref(),
  }),
});

const { orm, sql, statements } = await createSharedApp([UserSchema, Note]);

describe('a loaded file', () => {
  it('is a stored FieldFile with what the row keeps', async () => {
    const { id } = await saveUser(orm);

    const { avatar } = await orm.em.fork().findOneOrFail(User, id);

    expect(avatar).toBeInstanceOf(FieldFile);
    expect(avatar?.isPending).toBe(false);
    expect(avatar).toMatchObject({
      filename: 'me.txt',
      size: 8,
      type: 'text/plain',
      storage: 'default',
    });
    expect(await avatar?.text({ verify: true })).toBe('it is me');
  });

  it('is null where the row has none', async () => {
    const em = orm.em.fork();
    em.create(User, { name: 'Bob' });
    await em.flush();

    const bob = await orm.em.fork().findOneOrFail(User, { name: 'Bob' });

    expect(bob.avatar).toBeNull();
  });

  it('is left out when it is lazy, and there once populated', async () => {
    const { id } = await saveUser(orm);

    const lazy = await orm.em.fork().findOneOrFail(User, id);
    const populated = await orm.em.fork().findOneOrFail(User, id, { populate: ['contract'] });

    expect(lazy.contract).toBeUndefined();
    expect(populated.contract?.filename).toBe('contract.txt');
  });

  it('can be a reference that loads by itself', async () => {
    await sql(`insert into note (id, title) values (1, 'x')`);
    const em = orm.em.fork();
    const note = await em.findOneOrFail(Note, 1);
    note.letter = new ScalarReference(text('letter.txt', 'dear'));
    await em.flush();

    const again = await orm.em.fork().findOneOrFail(Note, 1);
    const letter = await again.letter?.load();

    expect(await letter?.text()).toBe('dear');
  });

  it('can be all that is loaded of a row', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();

    const user = await em.findOneOrFail(User, id, { fields: ['avatar'] });

    expect(user.avatar?.filename).toBe('me.txt');
    expect(Reflect.get(user, 'name')).toBeUndefined();
  });

  it('stays when a row is saved that was loaded without it', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id, { fields: ['name'] });
    user.name = 'Carl';

    await em.flush();

    const again = await orm.em.fork().findOneOrFail(User, id, { populate: ['contract'] });
    expect(again.name).toBe('Carl');
    expect([again.avatar?.filename, again.contract?.filename]).toEqual(['me.txt', 'contract.txt']);
  });

  it('arrives in a stream', async () => {
    await saveUser(orm, 'Stream');

    const users = await Array.fromAsync(orm.em.fork().stream(User, { where: { name: 'Stream' } }));

    expect(users.map(({ avatar }) => avatar?.filename)).toEqual(['me.txt']);
  });

  it('arrives through the query builder', async () => {
    const { id } = await saveUser(orm);

    const [user] = await orm.em.fork().qb(User).select('*').where({ id }).getResult();

    expect(user?.avatar?.filename).toBe('me.txt');
  });

  it('is made by em.map() of the row that a raw query answered', async () => {
    const { id } = await saveUser(orm);
    const [row] = await sql('select * from "user" where id = ?', [id]);

    const user = orm.em.fork().map(User, row!);

    expect(user.avatar?.filename).toBe('me.txt');
  });

  it('is a FieldFile when the result cache answers', async () => {
    const { id } = await saveUser(orm);
    const cached = { cache: [`user-${id}`, 5000] as [string, number] };
    await orm.em.fork().findOneOrFail(User, id, cached);
    const em = orm.em.fork();

    const user = await em.findOneOrFail(User, id, cached);

    expect(user.avatar).toBeInstanceOf(FieldFile);
    expect(user.avatar?.size).toBe(8);
    expect(await statements(() => em.flush())).toEqual([]);
  });
});

describe('em.refresh()', () => {
  it('brings what others changed, as a FieldFile', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);
    await sql(`update "user" set avatar = jsonb_set(avatar, '{size}', '77') where id = ?`, [id]);

    await em.refresh(user);

    expect(user.avatar).toBeInstanceOf(FieldFile);
    expect(user.avatar?.size).toBe(77);
    expect(await statements(() => em.flush())).toEqual([]);
  });

  it('takes back a file that was not flushed', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);
    user.avatar = text('other.txt');

    await em.refresh(user);

    expect(user.avatar.filename).toBe('me.txt');
    expect(await statements(() => em.flush())).toEqual([]);
  });
});

describe('finding a row again', () => {
  it('keeps the very FieldFile', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const { avatar } = await em.findOneOrFail(User, id);

    const [again] = await em.find(User, { id });

    expect(again?.avatar).toBe(avatar);
  });

  it('brings what others changed', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);
    await sql(`update "user" set avatar = jsonb_set(avatar, '{size}', '5') where id = ?`, [id]);

    await em.find(User, { id });

    expect(user.avatar?.size).toBe(5);
  });

  it('keeps a file that was not flushed', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);
    const mine = text('mine.txt');
    user.avatar = mine;

    await em.find(User, { id }, { flushMode: 'commit' });

    expect(user.avatar).toBe(mine);
  });
});

describe('copies of the entity manager', () => {
  it('share the FieldFiles where they share entities', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const { avatar } = await em.findOneOrFail(User, id);

    const fork = em.fork({ clear: false });
    const shared = await fork.findOneOrFail(User, id);

    expect(shared.avatar).toBe(avatar);
    expect(await statements(() => fork.flush())).toEqual([]);
  });

  it('take files of others by em.merge(), without an UPDATE', async () => {
    const { id, avatar } = await saveUser(orm);
    const em = orm.em.fork();

    const merged = em.merge(User, { id, name: 'Ann', avatar, version: 1 });

    expect(merged.avatar).toBe(avatar);
    expect(await statements(() => em.flush())).toEqual([]);
  });

  it('take rows as the database answers them by em.merge()', async () => {
    const { id } = await saveUser(orm);
    const [row] = await sql<{ avatar: never }>('select avatar from "user" where id = ?', [id]);
    const em = orm.em.fork();

    const merged = em.merge(
      User,
      { id, name: 'Ann', avatar: row!.avatar, version: 1 },
      { convertCustomTypes: true },
    );

    expect(merged.avatar?.filename).toBe('me.txt');
    expect(await statements(() => em.flush())).toEqual([]);
  });
});

describe('an entity as a plain object', () => {
  it('holds FieldFiles in toObject() and toPOJO()', async () => {
    const { id } = await saveUser(orm);
    const user = await orm.em.fork().findOneOrFail(User, id);

    const plain = [wrap(user).toObject(), wrap(user).toPOJO()];

    expect(plain.map(({ avatar }) => avatar instanceof FieldFile)).toEqual([true, true]);
    expect('secret' in wrap(user).toObject()).toBe(false);
  });

  it('becomes JSON with names and sizes, and a URL where everybody may read', async () => {
    const { id } = await saveUser(orm);
    const user = await orm.em.fork().findOneOrFail(User, id);

    const json = JSON.parse(JSON.stringify(user));

    const { name } = user.avatar!;
    expect(json.avatar).toEqual({ name, filename: 'me.txt', size: 8, type: 'text/plain' });
    expect(json.logo.url).toBe(user.logo?.url);
    expect(json).not.toHaveProperty('secret');
  });
});
