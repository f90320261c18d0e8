import { FieldFile, PendingFileError, UploadRejectedError } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity, raw, ValidationError } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Pool } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { text } from '../support.ts';
import { createSharedApp } from './shared-app.ts';
import { saveUser, User, UserSchema } from './user.ts';

const Picture = defineEntity({
  name: 'Picture',
  embeddable: true,
  properties: () => ({ file: fileField().nullable() }),
});

const Album = defineEntity({
  name: 'Album',
  properties: (p) => ({
    id: p.integer().primary(),
    cover: () => p.embedded(Picture).nullable(),
    back: () => p.embedded(Picture).object().nullable(),
    pages: () => p.embedded(Picture).array().nullable(),
  }),
});

const { database, orm, files, sql, statements } = await createSharedApp([
  UserSchema,
  Album,
  Picture,
]);

type Use = (em: EntityManager, avatar: never) => Promise<unknown>;

const queries: { place: string; use: Use }[] = [
  { place: 'em.insert()', use: (em, avatar) => em.insert(User, { name: 'Ann', avatar }) },
  { place: 'em.insertMany()', use: (em, avatar) => em.insertMany(User, [{ name: 'Ann', avatar }]) },
  {
    place: 'em.nativeUpdate()',
    use: (em, avatar) => em.nativeUpdate(User, { name: 'nobody' }, { avatar }),
  },
  {
    place: 'em.upsert()',
    use: (em, avatar) => em.upsert(User, { id: 900, name: 'Ann', avatar }),
  },
  {
    place: 'em.upsertMany()',
    use: (em, avatar) => em.upsertMany(User, [{ id: 901, name: 'Ann', avatar }]),
  },
  {
    place: 'an insert of the query builder',
    use: (em, avatar) => em.fork().qb(User).insert({ name: 'Ann', avatar }).execute(),
  },
  {
    place: 'an update of the query builder',
    use: (em, avatar) => em.qb(User).update({ avatar }).where({ name: 'nobody' }).execute(),
  },
];

const filters: { place: string; use: Use }[] = [
  { place: 'a filter', use: (em, avatar) => em.find(User, { avatar }) },
  { place: 'a filter by $ne', use: (em, avatar) => em.find(User, { avatar: { $ne: avatar } }) },
  {
    place: 'a where of the query builder',
    use: (em, avatar) => em.qb(User).where({ avatar }).getResult(),
  },
];

describe('a pending file', () => {
  it.each([...queries, ...filters])(
    'is refused in $place, with what to do instead',
    async ({ use }) => {
      const em = orm.em.fork();

      const work = async (): Promise<unknown> => use(em, text('me.txt') as never);

      await expect(work).rejects.toThrow(PendingFileError);
      await expect(work).rejects.toThrow(/"me\.txt".*files\.stage\(\)/);
    },
  );

  it('is refused in em.upsert() of an entity', async () => {
    const em = orm.em.fork();
    const user = em.create(
      User,
      { id: 902, name: 'Ann', avatar: text('me.txt') },
      { persist: false },
    );

    await expect(em.upsert(user)).rejects.toThrow(/files\.stage\(\)/);
  });

  it('is refused in em.insert() of an entity', async () => {
    const em = orm.em.fork();
    const user = em.create(
      User,
      { id: 903, name: 'Ann', avatar: text('me.txt') },
      { persist: false },
    );

    await expect(em.insert(user)).rejects.toThrow(/files\.stage\(\)/);
  });

  it('is not taken for a text that looks like its mark', async () => {
    const name = '"pending\\u0000\\u0000';

    const id = await orm.em.fork().insert(User, { name });

    expect((await orm.em.fork().findOneOrFail(User, id)).name).toBe(name);
  });

  it.each([{ embedded: 'cover' }, { embedded: 'back' }])(
    'is refused in em.insert() of an entity with it in an embeddable ($embedded)',
    async ({ embedded }) => {
      const em = orm.em.fork();
      const values = { [embedded]: { file: text('me.txt') } } as never;
      const album = em.create(Album, values, { persist: false });

      await expect(em.insert(album)).rejects.toThrow(/files\.stage\(\)/);
    },
  );

  it('is refused as a parameter of raw SQL', async () => {
    const work = sql('update "user" set avatar = ? where false', [text('me.txt')]);

    await expect(work).rejects.toThrow(/files\.stage\(\)/);
  });

  it('is refused inside raw()', async () => {
    const work = orm.em
      .fork()
      .nativeUpdate(User, { name: 'nobody' }, { avatar: raw('?::jsonb', [text('me.txt')]) });

    await expect(work).rejects.toThrow(/files\.stage\(\)/);
  });

  it('is refused by PostgreSQL, should its mark ever reach a statement', async () => {
    const user = orm.em.fork().create(User, { name: 'Ann', avatar: text('me.txt') });
    const { avatar } = orm.em.getComparator().prepareEntity(user);
    const pool = new Pool({ connectionString: database.url, max: 1 });
    onTestFinished(() => pool.end());

    const asText = pool.query('select $1::text', [avatar]);
    const asJson = pool.query('select $1::jsonb', [JSON.stringify(avatar)]);

    await expect(asText).rejects.toThrow(/0x00/);
    await expect(asJson).rejects.toThrow(/unsupported Unicode escape/);
  });
});

describe.each([
  { what: 'a string', value: 'avatars/of-another-user.png' },
  { what: 'JSON in a string', value: '{"storage":"default","name":"of-another-user.png"}' },
  { what: 'a plain object', value: { storage: 'default', name: 'of-another-user.png' } },
  { what: 'a number', value: 7 },
  { what: 'an empty string', value: '' },
  { what: 'a Buffer', value: Buffer.from('bytes') },
  { what: 'a web File', value: new File(['bytes'], 'me.png') },
])('$what', ({ value }) => {
  it('is refused in em.create()', async () => {
    const em = orm.em.fork();

    const work = async (): Promise<void> => {
      em.create(User, { name: 'Ann', avatar: value as never });
      await em.flush();
    };

    await expect(work).rejects.toThrow(ValidationError);
  });

  it('is refused in em.assign()', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);

    const work = async (): Promise<void> => {
      em.assign(user, { avatar: value as never });
      await em.flush();
    };

    await expect(work).rejects.toThrow(ValidationError);
    expect((await orm.em.fork().findOneOrFail(User, id)).avatar?.filename).toBe('me.txt');
  });

  it('is refused on assignment', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);
    user.avatar = value as never;

    await expect(em.flush()).rejects.toThrow(/FieldFile/);
  });

  it.each(queries)('is refused in $place', async ({ use }) => {
    const work = async (): Promise<unknown> => use(orm.em.fork(), value as never);

    await expect(work).rejects.toThrow(ValidationError);
  });

  it.each([{ embedded: 'cover' }, { embedded: 'back' }])(
    'is refused in an embeddable ($embedded)',
    async ({ embedded }) => {
      const em = orm.em.fork();

      const work = async (): Promise<void> => {
        em.create(Album, { [embedded]: { file: value } } as never);
        await em.flush();
      };

      await expect(work).rejects.toThrow(ValidationError);
    },
  );

  it('is refused in an array of embeddables', async () => {
    const em = orm.em.fork();

    const work = async (): Promise<void> => {
      em.create(Album, { pages: [{ file: value as never }] });
      await em.flush();
    };

    await expect(work).rejects.toThrow(ValidationError);
  });
});

describe('an entity that went through JSON', () => {
  it('is refused by em.assign(), because its file is a plain object', async () => {
    const { id } = await saveUser(orm);
    const em = orm.em.fork();
    const user = await em.findOneOrFail(User, id);

    const work = async (): Promise<void> => {
      em.assign(user, JSON.parse(JSON.stringify(user)));
      await em.flush();
    };

    await expect(work).rejects.toThrow(ValidationError);
  });
});

describe('a plain object', () => {
  it('is no source of a file', () => {
    expect(() => FieldFile.from({ path: '/etc/passwd' } as never)).toThrow(TypeError);
  });
});

describe('a staged file', () => {
  it.each(queries)('is accepted in $place', async ({ use }) => {
    const avatar = await files.stage(User, 'avatar', text('staged.txt'));

    await use(orm.em.fork(), avatar as never);

    expect(avatar.isPending).toBe(false);
  });

  it('is the value of the row that was inserted with it', async () => {
    const avatar = await files.stage(User, 'avatar', text('staged.txt'));

    const id = await orm.em.fork().insert(User, { name: 'Staged', avatar });

    const user = await orm.em.fork().findOneOrFail(User, id);
    expect(await user.avatar?.text()).toBe('staged.txt');
  });

  it('is its row as a parameter of raw SQL', async () => {
    const avatar = await files.stage(User, 'avatar', text("it's staged.txt"));

    await sql(`insert into "user" (name, avatar) values ('Raw', ?)`, [avatar]);

    const user = await orm.em.fork().findOneOrFail(User, { avatar: { name: avatar.name } });
    expect(user.avatar?.toRow()).toEqual(avatar.toRow());
  });

  it('finds the rows that hold it', async () => {
    const avatar = await files.stage(User, 'avatar', text('staged.txt'));
    const id = await orm.em.fork().insert(User, { name: 'Staged', avatar });

    const found = await orm.em.fork().find(User, { avatar });

    expect(found.map((user) => user.id)).toEqual([id]);
  });
});

describe('a staged file that expired', async () => {
  const brief = await createSharedApp([UserSchema], { files: { uploadTimeout: '1ms' } });

  async function expired(): Promise<FieldFile> {
    const file = await brief.files.stage(User, 'avatar', text('late.txt'));
    await new Promise((resolve) => void setTimeout(resolve, 5));
    return file;
  }

  it.each([...queries, ...filters])('is refused in $place, before any SQL', async ({ use }) => {
    const avatar = await expired();

    const emitted = await brief.statements(async () => {
      const work = async (): Promise<unknown> => use(brief.orm.em.fork(), avatar as never);
      await expect(work).rejects.toThrow(UploadRejectedError);
    });

    expect(emitted.filter((sql) => /"user"/.test(sql))).toEqual([]);
  });

  it('is refused in a flush, before any SQL', async () => {
    const avatar = await expired();
    const em = brief.orm.em.fork();
    em.create(User, { name: 'Ann', avatar });

    const emitted = await brief.statements(async () => {
      await expect(em.flush()).rejects.toMatchObject({ reason: 'expired' });
    });

    expect(emitted.filter((sql) => /"user"/.test(sql))).toEqual([]);
  });
});

describe('what a refused statement leaves', () => {
  it('is nothing: no statement is sent', async () => {
    const emitted = await statements(async () => {
      const work = orm.em.fork().insertMany(User, [{ name: 'Ann', avatar: text('me.txt') }]);
      await expect(work).rejects.toThrow(PendingFileError);
    });

    expect(emitted).toEqual([]);
  });
});
