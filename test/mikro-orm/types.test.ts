import { FieldFile, MemoryStorage, defineStorages } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import type { FileFields } from '@filefield/mikro-orm';
import { FileField } from '@filefield/mikro-orm/es';
import { defineEntity, serialize, wrap } from '@mikro-orm/postgresql';
import type { EntityManager, InferEntity } from '@mikro-orm/postgresql';
import { describe, expect, expectTypeOf, it } from 'vitest';

const UserSchema = defineEntity({
  name: 'User',
  properties: (p) => ({
    id: p.integer().primary(),
    name: p.string(),
    avatar: fileField({ uploadTo: 'avatars/' }).nullable(),
    contract: fileField(),
    hidden: fileField().nullable().hidden().lazy(),
  }),
});
class User extends UserSchema.class {}
UserSchema.setClass(User);

/** As decorated classes look. */
class Member {
  id!: number;
  avatar?: FieldFile | null;
}

const Scan = defineEntity({
  name: 'Scan',
  embeddable: true,
  properties: () => ({ image: fileField().nullable() }),
});
const PassportSchema = defineEntity({
  name: 'Passport',
  properties: (p) => ({
    id: p.integer().primary(),
    seal: fileField().nullable().lazy().ref(),
    scan: () => p.embedded(Scan),
  }),
});
class Passport extends PassportSchema.class {}
PassportSchema.setClass(Passport);

declare const em: EntityManager;
declare const passport: Passport;
declare const user: User;
declare const files: FileFields;

/** Checked by the compiler, never run: what it returns would need a database. */
function unrun(_work: () => unknown): void {}

const file = FieldFile.from('x', { filename: 'x.txt' });

describe('the type of a field', () => {
  it('is FieldFile, with null where it is nullable', () => {
    expectTypeOf<InferEntity<typeof UserSchema>['avatar']>().toExtend<
      FieldFile | null | undefined
    >();
    expectTypeOf<FieldFile>().toExtend<InferEntity<typeof UserSchema>['contract']>();
    expectTypeOf<InferEntity<typeof UserSchema>['contract']>().toExtend<FieldFile>();
    expect(file).toBeInstanceOf(FieldFile);
  });

  it('takes no string and no plain object', () => {
    unrun(() => {
      user.avatar = file;
      user.avatar = null;
      // @ts-expect-error a name is no file
      user.avatar = 'avatars/me.png';
      // @ts-expect-error a plain object is no file
      user.avatar = { storage: 'default', name: 'avatars/me.png' };
      // @ts-expect-error this field is not nullable
      user.contract = null;
    });
  });
});

describe('em.create() and em.assign()', () => {
  it('take FieldFiles and null alone', () => {
    unrun(() => {
      em.create(User, { name: 'Ann', contract: file });
      em.create(User, { name: 'Ann', contract: file, avatar: null });
      em.assign(user, { avatar: file });
      em.assign(user, { avatar: null });
      // @ts-expect-error the contract is required
      em.create(User, { name: 'Ann' });
      // @ts-expect-error a name is no file
      em.create(User, { name: 'Ann', contract: 'contract.pdf' });
      // @ts-expect-error a plain object is no file
      em.create(User, { name: 'Ann', contract: { storage: 'default', name: 'contract.pdf' } });
      // @ts-expect-error a name is no file
      em.assign(user, { avatar: 'avatars/me.png' });
      // @ts-expect-error a plain object is no file
      em.assign(user, { avatar: { storage: 'default', name: 'avatars/me.png' } });
    });
  });
});

describe('a filter', () => {
  it('knows the keys of a file and their types', () => {
    unrun(async () => {
      await em.find(User, { avatar: { name: 'avatars/me.png' } });
      await em.find(User, { avatar: { type: 'image/png', size: { $gt: 1e6 } } });
      await em.find(User, { contract: { filename: { $in: ['a.pdf'] } } });
      await em.find(User, { contract: { uploadedAt: { $gt: new Date() } } });
      await em.find(User, { $or: [{ avatar: { size: 3 } }, { contract: { storage: 'default' } }] });
      await em.find(User, { avatar: null });
      await em.find(User, { avatar: { $ne: null } });
      await em.find(User, { contract: file });
      await em.find(Member, { avatar: { name: 'x', size: { $gt: 1 } } });
      // @ts-expect-error a size is a number
      await em.find(User, { avatar: { size: 'big' } });
      // @ts-expect-error no such key
      await em.find(User, { avatar: { nam: 'x' } });
      // @ts-expect-error no such key, in a decorated class
      await em.find(Member, { avatar: { nam: 'x' } });
      // @ts-expect-error a method is no key
      await em.find(User, { avatar: { chunks: 'x' } });
      // @ts-expect-error a name is no file
      await em.find(User, { avatar: 'avatars/me.png' });
    });
  });

  it('can order by the keys of a file', () => {
    unrun(async () => {
      await em.find(User, {}, { orderBy: { avatar: { size: 'desc' } } });
      await em.find(User, {}, { orderBy: [{ contract: { name: 'asc' } }] });
      await em.find(Member, {}, { orderBy: { avatar: { size: -1 } } });
      // @ts-expect-error no such key
      await em.find(User, {}, { orderBy: { avatar: { bytes: 'desc' } } });
      // @ts-expect-error no such direction
      await em.find(User, {}, { orderBy: { avatar: { size: 'down' } } });
    });
  });
});

describe('what is loaded', () => {
  it('has its methods, whatever was selected', () => {
    unrun(async () => {
      const [some] = await em.find(User, {}, { fields: ['avatar'] });
      expectTypeOf(some!.avatar!.url).toEqualTypeOf<string>();
      const [rest] = await em.find(User, {}, { exclude: ['contract'] });
      rest!.avatar?.chunks();
      // @ts-expect-error it was excluded
      void rest!.contract.url;
      const [lazy] = await em.find(User, {}, { populate: ['hidden'] });
      lazy!.hidden?.chunks();
    });
  });

  it('is a FieldFile as a plain object too', () => {
    unrun(() => {
      expectTypeOf(wrap(user).toObject().contract).toExtend<FieldFile>();
      expectTypeOf(serialize(user).contract).toExtend<FieldFile>();
    });
  });
});

describe('the options of a field', () => {
  it('have no other names', () => {
    unrun(() => {
      fileField({ maxSize: 5_000_000, allowEmpty: true, onDelete: 'keep', index: false });
      fileField<User>({ uploadTo: (owner, filename) => `users/${owner.name}/${filename}` });
      // @ts-expect-error no such option
      fileField({ maxSizes: 5 });
      // @ts-expect-error no such option
      fileField({ upload_to: 'avatars/' });
      // @ts-expect-error not a number of bytes
      fileField({ maxSize: '5mb' });
      // @ts-expect-error keep or reclaim
      fileField({ onDelete: 'delete' });
      // @ts-expect-error no property of the entity
      fileField<User>({ uploadTo: (owner, filename) => `users/${owner.nam}/${filename}` });
      // @ts-expect-error no such option
      FileField({ storag: 'default' });
    });
  });

  it('are checked against the property that is decorated', () => {
    unrun(() => {
      class Decorated {
        @FileField() avatar?: FieldFile | null;
        @FileField({ nullable: false }) contract!: FieldFile;
        // @ts-expect-error the property is no file
        @FileField() name!: string;
      }
      return Decorated;
    });
  });
});

describe('fileFields()', () => {
  it('knows its options and the fields of entities', () => {
    const storages = defineStorages({ default: () => new MemoryStorage() });
    unrun(async () => {
      fileFields({ storages, grace: '7d', worker: 'manual' });
      // @ts-expect-error no such option
      fileFields({ storages, graceful: '7d' });
      // @ts-expect-error no duration
      fileFields({ storages, grace: '7 days' });
      // @ts-expect-error no such mode
      fileFields({ storages, worker: 'never' });
      await files.stage(User, 'avatar', 'bytes', { filename: 'x.txt' });
      files.field(user, 'avatar');
      // @ts-expect-error the property is no file
      files.field(user, 'name');
      await files.stage(Passport, 'scan.image', 'bytes');
      await files.stage(Passport, 'seal', 'bytes');
      // @ts-expect-error no such property
      await files.stage(User, 'avatr', 'bytes');
      // @ts-expect-error no such property
      await files.stage(Passport, 'scn.image', 'bytes');
      files.field(passport, 'seal');
      // @ts-expect-error an embeddable is written by a flush
      files.field(passport, 'scan.image');
      // @ts-expect-error a plain object is no source
      await files.stage(User, 'avatar', { path: '/etc/passwd' });
    });
  });
});
