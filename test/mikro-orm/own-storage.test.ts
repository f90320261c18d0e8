import {
  defineStorages,
  FieldDefinitionError,
  FieldFile,
  FileSystemStorage,
  MemoryStorage,
  StorageOptionsError,
  type FileStorage,
  type StoragesOptions,
} from '@filefield/core';
import { fileField, fileFields, type FileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM, type Options } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { text } from './support.ts';

/** An application whose only registered storage is `default`. */
async function start(
  entities: NonNullable<Options['entities']>,
  aliases: Record<string, () => FileStorage> = { default: () => new MemoryStorage() },
  options: StoragesOptions<string> = {},
): Promise<{ orm: MikroORM; files: FileFields }> {
  const database = await createDatabase();
  const files = fileFields({
    storages: defineStorages(aliases, options),
    worker: 'manual',
    grace: '0ms',
  });
  const orm = await MikroORM.init({ ...database.connection, entities, extensions: [files] });
  onTestFinished(() => orm.close(true));
  await orm.schema.create();
  return { orm, files };
}

function userWith(storage: FileStorage | (() => FileStorage) | string) {
  return defineEntity({
    name: 'User',
    properties: (p) => ({
      id: p.integer().primary(),
      avatar: fileField({ storage, uploadTo: 'avatars/' }).nullable(),
    }),
  });
}

async function names(storage: FileStorage): Promise<string[]> {
  return await Array.fromAsync(storage.walk(), ({ name }) => name);
}

describe('a storage of a field itself', () => {
  it('holds its files, under an alias of entity and property', async () => {
    const storage = new MemoryStorage();
    const User = userWith(storage);
    const { orm, files } = await start([User]);
    const em = orm.em.fork();
    const user = em.create(User, { avatar: text('me.txt', 'it is me') });

    await em.flush();

    expect(user.avatar?.storage).toBe('User.avatar');
    expect(await names(storage)).toEqual([user.avatar?.name]);
    expect(files.storages.aliases).toEqual(['default', 'User.avatar']);
    expect(files.storages.get('User.avatar')).toBe(storage);
  });

  it('is found again by rows, in another process too', async () => {
    const storage = new MemoryStorage();
    const User = userWith(storage);
    const { orm, files } = await start([User]);
    const em = orm.em.fork();
    em.create(User, { avatar: text('me.txt', 'it is me') });
    await em.flush();

    const again = await orm.em.fork().findOneOrFail(User, { id: 1 });
    const row = files.fromRow(again.avatar!.toRow());

    expect(await again.avatar?.text()).toBe('it is me');
    expect(await row.text()).toBe('it is me');
  });

  it('may be built by a function: once, when the ORM starts', async () => {
    let built = 0;
    const User = userWith(() => {
      built += 1;
      return new MemoryStorage();
    });
    expect(built).toBe(0);

    const { orm, files } = await start([User]);
    const em = orm.em.fork();
    em.create(User, { avatar: text('one.txt') });
    em.create(User, { avatar: text('two.txt') });
    await em.flush();

    expect(built).toBe(1);
    expect(await names(files.storages.get('User.avatar'))).toHaveLength(2);
  });

  it('is swept by the worker', async () => {
    const storage = new MemoryStorage();
    const User = userWith(storage);
    const { orm, files } = await start([User]);
    const em = orm.em.fork();
    const user = em.create(User, { avatar: text('me.txt') });
    await em.flush();

    user.avatar = null;
    await em.flush();

    expect(await files.worker.drain()).toMatchObject({ reclaimed: 1, problems: [] });
    expect(await names(storage)).toEqual([]);
  });

  it('is reached by everything that takes an alias', async () => {
    const storage = new MemoryStorage();
    const User = userWith(storage);
    const { orm, files } = await start([User]);
    const em = orm.em.fork();
    await storage.save('shared.txt', 'for all');

    const user = em.create(User, {
      avatar: FieldFile.stored({ storage: 'User.avatar', name: 'shared.txt' }),
    });
    await em.flush();
    const staged = await files.stage(User, 'avatar', 'staged', { filename: 'b.txt' });
    await files.claimLocation('User.avatar');
    await files.ready();

    expect(await user.avatar?.text()).toBe('for all');
    expect(staged.storage).toBe('User.avatar');
  });

  it('is copied into from other storages, and out of', async () => {
    const Post = defineEntity({
      name: 'Post',
      properties: (p) => ({
        id: p.integer().primary(),
        own: fileField({ storage: new MemoryStorage() }).nullable(),
        usual: fileField().nullable(),
      }),
    });
    const { orm } = await start([Post]);
    const em = orm.em.fork();
    const post = em.create(Post, { own: text('me.txt') });
    await em.flush();

    post.usual = post.own!.copy();
    await em.flush();
    post.own = post.usual.copy();
    await em.flush();

    expect([post.own.storage, post.usual.storage]).toEqual(['Post.own', 'default']);
    expect(await post.own.text({ verify: true })).toBe('me.txt');
  });

  it('works where the column holds only names', async () => {
    const storage = new MemoryStorage();
    const Scan = defineEntity({
      name: 'Scan',
      properties: (p) => ({
        id: p.integer().primary(),
        file: fileField({ storage, column: 'name' }).nullable(),
      }),
    });
    const { orm } = await start([Scan]);
    const em = orm.em.fork();
    em.create(Scan, { file: text('a.txt') });
    await em.flush();

    const again = await orm.em.fork().findOneOrFail(Scan, { id: 1 });

    expect(again.file?.storage).toBe('Scan.file');
    expect(await again.file?.text()).toBe('a.txt');
  });

  it('is closed with the extension', async () => {
    const closed: string[] = [];
    const storage = Object.assign(new MemoryStorage(), {
      close: async () => void closed.push('closed'),
    });
    const { files } = await start([userWith(storage)]);

    await files.close();

    expect(closed).toEqual(['closed']);
  });

  it('may be another one for a test', async () => {
    const User = userWith(new MemoryStorage());
    const { orm, files } = await start([User]);
    const other = new MemoryStorage();
    const restore = files.storages.override({ 'User.avatar': other });
    const em = orm.em.fork();

    em.create(User, { avatar: text('me.txt') });
    await em.flush();
    restore();

    expect(await names(other)).toHaveLength(1);
  });
});

describe('a field with a storage of its own is refused when the ORM starts', () => {
  it.each<[what: string, storage: unknown, message: RegExp]>([
    ['that is none', {}, /^Cannot use storage "User\.avatar": its factory gave no storage$/],
    ['that is null', null, /^Cannot use storage "User\.avatar": its factory gave no storage$/],
    ['that is a promise', async () => new MemoryStorage(), /"User\.avatar": .*promise/],
    [
      'that cannot be built',
      () => {
        throw new Error('no credentials');
      },
      /^Cannot use storage "User\.avatar": its factory threw Error$/,
    ],
  ])('%s', async (_what, storage, message) => {
    const started = start([userWith(storage as FileStorage)]);

    await expect(started).rejects.toThrow(StorageOptionsError);
    await expect(started).rejects.toThrow(message);
  });

  it('whose alias somebody defined', async () => {
    const started = start([userWith(new MemoryStorage())], {
      default: () => new MemoryStorage(),
      'User.avatar': () => new MemoryStorage(),
    });

    await expect(started).rejects.toThrow(
      'Cannot add storage "User.avatar": the alias is defined already',
    );
  });

  it('that lies inside another one', async () => {
    const root = await temporaryDirectory();
    const started = start([userWith(new FileSystemStorage({ location: `${root}/inner` }))], {
      default: () => new FileSystemStorage({ location: root }),
    });

    await expect(started).rejects.toThrow(/"default" and "User\.avatar".*lies inside/);
  });
});

describe('a field that names no storage', () => {
  const Doc = defineEntity({
    name: 'Doc',
    properties: (p) => ({ id: p.integer().primary(), file: fileField().nullable() }),
  });

  it('uses the one of the alias "default"', async () => {
    const storage = new MemoryStorage();
    const { orm } = await start([Doc], { default: () => storage });
    const em = orm.em.fork();
    em.create(Doc, { file: text('a.txt') });

    await em.flush();

    expect(await names(storage)).toHaveLength(1);
  });

  it('is refused where nobody defined that, which other fields do not need', async () => {
    const aliases = { avatars: () => new MemoryStorage() };

    await expect(start([Doc], aliases)).rejects.toThrow(
      'Cannot declare Doc.file: storage "default" is not defined, defined storages are "avatars"',
    );
    await expect(start([userWith('avatars')], aliases)).resolves.toBeDefined();
  });

  it('has the storage of its own ORM, where two ORMs of a process have the entity', async () => {
    const [one, two] = [new MemoryStorage(), new MemoryStorage()];
    const apps = [
      await start([Doc], { default: () => one }),
      await start([Doc], { default: () => two }),
    ] as const;
    const ems = apps.map(({ orm }) => orm.em.fork());
    const docs = ems.map((em) => em.create(Doc, { file: text('a.txt', 'here') }));

    await Promise.all(ems.map((em) => em.flush()));
    await two.deleteMany(await names(two));

    expect([await names(one), await names(two)]).toEqual([[docs[0]?.file?.name], []]);
    expect(await docs[0]?.file?.text()).toBe('here');
    const again = await apps[0].orm.em.fork().findOneOrFail(Doc, { id: 1 });
    expect(await again.file?.text()).toBe('here');
  });
});

describe('an alias that nobody defined', () => {
  it('is the fallback of declarations', async () => {
    const storage = new MemoryStorage();
    const User = userWith('avatars');
    const { orm } = await start([User], { spare: () => storage }, { fallback: 'spare' });
    const em = orm.em.fork();
    const user = em.create(User, { avatar: text('me.txt') });

    await em.flush();

    expect(user.avatar?.storage).toBe('spare');
    expect(await names(storage)).toHaveLength(1);
  });

  it('is refused when the fallback would show private files to everybody', async () => {
    const started = start(
      [userWith('avatars')],
      { open: () => new MemoryStorage({ visibility: 'public' }) },
      { fallback: 'open' },
    );

    await expect(started).rejects.toThrow(FieldDefinitionError);
    await expect(started).rejects.toThrow(
      'Cannot declare User.avatar: storage "avatars" is not defined and the fallback "open" is public, define it',
    );
  });

  it('is refused without a fallback, with the aliases that are defined', async () => {
    await expect(start([userWith('avatars')])).rejects.toThrow(
      'Cannot declare User.avatar: storage "avatars" is not defined, defined storages are "default"',
    );
  });

  it('stays unknown in rows: the fallback is for declarations only', async () => {
    const User = userWith('avatars');
    const { orm, files } = await start(
      [User],
      { spare: () => new MemoryStorage() },
      { fallback: 'spare' },
    );
    await orm.em
      .getConnection()
      .execute(`insert into "user" (avatar) values ('{"storage": "avatars", "name": "a.txt"}')`);

    const user = await orm.em.fork().findOneOrFail(User, { id: 1 });

    await expect(user.avatar?.text()).rejects.toThrow(
      'Cannot use storage "avatars": defined storages are "spare"',
    );
    expect(() => files.fromRow({ storage: 'avatars', name: 'a.txt' }).url).toThrow(/"avatars"/);
    await expect(files.claimLocation('avatars')).rejects.toThrow(/"avatars"/);
  });

  it('stays unknown in the journal, which keeps its objects', async () => {
    const User = userWith('avatars');
    const { orm, files } = await start(
      [User],
      { spare: () => new MemoryStorage() },
      { fallback: 'spare' },
    );
    const connection = orm.em.getConnection();
    await connection.execute(
      `insert into "user" (avatar) values ('{"storage": "avatars", "name": "a.txt"}')`,
    );
    await connection.execute(`delete from "user"`);

    const { reclaimed, problems } = await files.worker.drain();

    expect(reclaimed).toBe(0);
    expect(problems).toEqual([expect.stringContaining('avatars')]);
  });
});
