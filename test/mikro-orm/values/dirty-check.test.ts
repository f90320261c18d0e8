import { FieldFile } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { sameValue } from '../../../packages/mikro-orm/src/field/same-value.ts';
import { text } from '../support.ts';
import { createSharedApp } from './shared-app.ts';
import { saveUser, User, UserSchema } from './user.ts';

const { orm, files, sql, statements } = await createSharedApp([UserSchema]);

describe('a flush', () => {
  it('emits nothing after a flush', async () => {
    const em = orm.em.fork();
    em.create(User, { name: 'Ann', avatar: text('me.txt') });
    await em.flush();

    expect(await statements(() => em.flush())).toEqual([]);
  });

  it('emits nothing for 100 rows that were only loaded', async () => {
    const em = orm.em.fork();
    const users = Array.from({ length: 100 }, (_, index) => ({
      name: 'hundred',
      avatar: text(`${index}.txt`),
      secret: text('secret.txt'),
    }));
    users.forEach((user) => em.create(User, user));
    await em.flush();
    const fresh = orm.em.fork();
    const loaded = await fresh.find(User, { name: 'hundred' }, { populate: ['contract'] });

    const emitted = await statements(() => fresh.flush());

    expect(loaded).toHaveLength(100);
    expect(emitted).toEqual([]);
  });

  it('emits nothing when the database has the keys in another order', async () => {
    const { id, avatar } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);
    const keys = Object.keys(user.avatar!.toRow());

    const emitted = await statements(() => em.flush());

    expect(keys).not.toEqual(Object.keys(avatar!.toRow()));
    expect(emitted).toEqual([]);
  });

  it('emits nothing when a property is given its own value', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);
    const { avatar } = user;
    user.avatar = null;
    user.avatar = avatar;

    expect(await statements(() => em.flush())).toEqual([]);
  });

  it('emits nothing when a property is given an equal value', async () => {
    const { id, avatar } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);

    user.avatar = files.fromRow(avatar!.toRow());

    expect(user.avatar).not.toBe(avatar);
    expect(await statements(() => em.flush())).toEqual([]);
  });

  it('writes a file that differs in nothing but its filename', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);
    user.avatar = user.avatar!.withFilename('portrait.txt');

    await em.flush();

    const again = await orm.em.fork().findOneOrFail(User, id);
    expect(again.avatar?.filename).toBe('portrait.txt');
    expect(again.avatar?.name).toBe(user.avatar.name);
  });

  it('writes a file that was merged into an entity that others saved', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    em.merge(User, { id, name: 'Ann', avatar: text('merged.txt'), version: 1 });

    await em.flush();

    const again = await orm.em.fork().findOneOrFail(User, id);
    expect(again.avatar?.filename).toBe('merged.txt');
  });

  it('counts the version of the row for a changed file', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);
    user.avatar = text('next.txt');

    await em.flush();

    expect(user.version).toBe(2);
    expect(await statements(() => em.flush())).toEqual([]);
  });

  it('leaves the file pending when the version is another by then', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);
    await sql('update "user" set version = 7 where id = ?', [id]);
    const late = text('late.txt');
    user.avatar = late;

    await expect(em.flush()).rejects.toThrow(/optimistic lock/i);

    expect(late.isPending).toBe(true);
  });
});

describe('an assigned file', () => {
  it('is saved on a reference that was never loaded', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const reference = em.getReference(User, id);
    reference.avatar = text('reference.txt');

    await em.flush();

    const again = await orm.em.fork().findOneOrFail(User, id);
    expect(again.avatar?.filename).toBe('reference.txt');
    expect(again.name).toBe('Ann');
  });

  it('is saved in a lazy field that was not loaded', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);
    user.contract = text('new contract.txt');

    await em.flush();

    const again = await orm.em.fork().findOneOrFail(User, id, { populate: ['contract'] });
    expect(again.contract?.filename).toBe('new contract.txt');
  });

  it('is taken by em.assign()', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);
    const avatar = text('assigned.txt');

    em.assign(user, { avatar });
    await em.flush();

    expect(user.avatar).toBe(avatar);
    expect(avatar.isPending).toBe(false);
  });

  it('is the very one that em.create() was given, also after the flush', async () => {
    const em = orm.em.fork();
    const avatar = text('me.txt');

    const user = em.create(User, { name: 'Ann', avatar });
    await em.flush();

    expect(user.avatar).toBe(avatar);
    expect(avatar.name).toMatch(/^avatars\/me_\w+\.txt$/);
  });
});

describe('an empty field', () => {
  it.each([
    { given: 'null', avatar: null },
    { given: 'nothing', avatar: undefined },
  ])('is null for a new row that was given $given', async ({ avatar }) => {
    const em = orm.em.fork();
    const user = em.create(User, { name: 'Ann', avatar });
    await em.flush();

    const [row] = await sql('select avatar from "user" where id = ?', [user.id]);

    expect(row).toEqual({ avatar: null });
    expect([user.avatar, user.contract]).toEqual([null, null]);
    expect(await statements(() => em.flush())).toEqual([]);
  });

  it('comes from em.assign() of null', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);

    em.assign(user, { avatar: null });
    await em.flush();

    expect(await sql('select avatar from "user" where id = ?', [id])).toEqual([{ avatar: null }]);
  });

  it('does not come from em.assign() of undefined', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);

    em.assign(user, { name: 'Eve', avatar: undefined });
    await em.flush();

    const again = await orm.em.fork().findOneOrFail(User, id);
    expect(again).toMatchObject({ name: 'Eve', avatar: { filename: 'me.txt' } });
  });
});

describe('sameValue', () => {
  it.each([
    { what: 'an object and itself in another order', a: { x: 1, y: 2 }, b: { y: 2, x: 1 } },
    { what: 'nested objects', a: { x: { y: [1, { z: 2 }] } }, b: { x: { y: [1, { z: 2 }] } } },
    { what: 'a key without a value and no such key', a: { x: undefined }, b: {} },
    { what: 'two nulls', a: null, b: null },
  ])('takes $what for the same', ({ a, b }) => {
    expect(sameValue(a, b)).toBe(true);
  });

  it.each([
    { what: 'another value', a: { x: 1 }, b: { x: 2 } },
    { what: 'one key less', a: { x: 1, y: 2 }, b: { x: 1 } },
    { what: 'lists in another order', a: [1, 2], b: [2, 1] },
    { what: 'a list and an object', a: [1], b: { 0: 1 } },
    { what: 'null and an object', a: null, b: {} },
    { what: 'a number and its text', a: { size: 1 }, b: { size: '1' } },
    { what: 'a pending mark and the very same mark', a: 'pending\0one', b: 'pending\0one' },
  ])('takes $what for different', ({ a, b }) => {
    expect(sameValue(a, b)).toBe(false);
  });
});

describe('FieldFile.clone()', () => {
  it('is the file itself, so that snapshots and copies share it', () => {
    const file = FieldFile.from('x', { filename: 'x.txt' });

    expect(file.clone()).toBe(file);
  });
});
