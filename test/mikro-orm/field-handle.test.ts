import { fileField } from '@filefield/mikro-orm';
import {
  defineEntity,
  ScalarReference,
  type EntityManager,
  type InferEntity,
} from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { Doc } from './lifecycle/entities.ts';
import { createApp, outcome, text, type App } from './support.ts';

const User = defineEntity({
  name: 'User',
  properties: (p) => ({
    id: p.integer().primary(),
    name: p.string(),
    revision: p.integer().version(),
    avatar: fileField({ uploadTo: 'avatars/' }).nullable(),
    cover: fileField({ storage: 'other' }).nullable(),
  }),
});

type User = InferEntity<typeof User>;

const Letter = defineEntity({
  name: 'Letter',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string().default(''),
    scan: fileField().nullable(),
    lazy: fileField().nullable().lazy(),
  }),
});

const Note = defineEntity({
  name: 'Note',
  properties: (p) => ({
    id: p.integer().primary(),
    letter: fileField().nullable().lazy().ref(),
  }),
});

type Letter = InferEntity<typeof Letter>;

const Dated = defineEntity({
  name: 'Dated',
  properties: (p) => ({
    id: p.integer().primary(),
    changedAt: p.datetime().version(),
    file: fileField().nullable(),
  }),
});

const Picture = defineEntity({
  name: 'Picture',
  embeddable: true,
  properties: () => ({ pic: fileField().nullable() }),
});

const Album = defineEntity({
  name: 'Album',
  properties: (p) => ({
    id: p.integer().primary(),
    cover: () => p.embedded(Picture).object().nullable(),
  }),
});

const Media = defineEntity({
  name: 'Media',
  inheritance: 'tpt',
  properties: (p) => ({
    id: p.integer().primary(),
    revision: p.integer().version(),
    original: fileField().nullable(),
  }),
});

const Photo = defineEntity({
  name: 'Photo',
  extends: Media,
  properties: () => ({ preview: fileField().nullable() }),
});

async function savedUser(filename?: string) {
  const app = await createApp([User]);
  const em = app.em();
  const user = em.create(User, {
    name: 'Ann',
    avatar: filename === undefined ? null : text(filename, 'hello'),
  });
  await em.flush();
  app.log.length = 0;
  return { app, em, user, handle: app.files.field(user, 'avatar') };
}

const inRow = async (app: App): Promise<string | undefined> => {
  const [row] = await app.sql<{ filename?: string }>(
    `select avatar ->> 'filename' as filename from "user"`,
  );
  return row?.filename;
};

describe('files.field()', () => {
  it('shows the file of the entity', async () => {
    const { handle, user } = await savedUser('me.txt');

    expect(handle.file).toBe(user.avatar);
    expect(handle.size).toBe(5);
    expect(handle.url).toBe(user.avatar!.url);
    expect(await new Response(handle.open()).text()).toBe('hello');
    expect(await new Response(handle.open({ start: 1, end: 3 })).text()).toBe('el');
  });

  it('shows null for an empty field', async () => {
    const { handle } = await savedUser();

    expect(handle.file).toBeNull();
  });

  it.each<[string, (handle: Awaited<ReturnType<typeof savedUser>>['handle']) => unknown]>([
    ['url', (handle) => handle.url],
    ['size', (handle) => handle.size],
    ['open()', (handle) => handle.open()],
    ['rename()', (handle) => handle.rename('x.txt')],
  ])('throws NoFileError for %s of an empty field', async (_, use) => {
    const { handle } = await savedUser();

    await expect(async () => await use(handle)).rejects.toMatchObject({
      code: 'NO_FILE',
      message: "The 'avatar' attribute has no file associated with it.",
    });
  });

  it('refuses a new entity', async () => {
    const { app, em } = await savedUser();
    const fresh = em.create(User, { name: 'New' });

    expect(() => app.files.field(fresh, 'avatar')).toThrow(/not managed/);
  });

  it('shows null for the empty field of a new entity that was given nothing', async () => {
    const { app, em } = await savedUser();
    const fresh = em.create(User, { name: 'New' });
    await em.flush();

    const handle = app.files.field(fresh, 'cover');

    expect([handle.file, fresh.cover]).toEqual([null, null]);
    expect((await handle.save('a.txt', 'hello')).isPending).toBe(false);
  });

  it('follows its entity through em.refresh()', async () => {
    const { app, em, user, handle } = await savedUser('old.txt');
    const other = app.em();
    (await other.findOneOrFail(User, user.id)).avatar = text('newer.txt');
    await other.flush();

    await em.refresh(user);

    expect(handle.file!.filename).toBe('newer.txt');
    await handle.save('mine.txt', 'hello');
    expect(await app.reclaim()).toEqual(['mine.txt']);
  });

  it('refuses a property that is no file', async () => {
    const { app, user } = await savedUser();

    expect(() => app.files.field(user, 'name' as never)).toThrow(
      'Cannot declare User.name: it is no file field',
    );
  });

  it('refuses a file inside a JSON document, which a flush writes', async () => {
    const app = await createApp([Album, Picture]);
    const em = app.em();
    const album = em.create(Album, { cover: { pic: text('a.txt') } });
    await em.flush();

    expect(() => app.files.field(album, 'cover.pic' as never)).toThrow(
      /it lies in a JSON document, assign a new value and flush$/,
    );
  });
});

describe('files.field() of what was not loaded', () => {
  const unloaded = [
    {
      what: 'a lazy field',
      field: 'lazy',
      find: async (em: EntityManager): Promise<Letter> => em.findOneOrFail(Letter, 1),
      advice: 'em.populate(entity, ["lazy"])',
      load: async (em: EntityManager, letter: Letter) => em.populate(letter, ['lazy']),
    },
    {
      what: 'a field that was left out',
      field: 'scan',
      find: async (em: EntityManager) =>
        (await em.findOneOrFail(Letter, 1, { fields: ['title'] })) as Letter,
      advice: 'em.refresh(entity)',
      load: async (em: EntityManager, letter: Letter) => em.refresh(letter),
    },
    {
      what: 'a field of a reference',
      field: 'scan',
      find: async (em: EntityManager): Promise<Letter> => em.getReference(Letter, 1),
      advice: 'em.refresh(entity)',
      load: async (em: EntityManager, letter: Letter) => em.refresh(letter),
    },
  ] as const;

  it.each(unloaded)(
    'refuses $what, says what to do, and leaves the file',
    async ({ field, find, advice }) => {
      const app = await createApp([Letter]);
      const em = app.em();
      em.create(Letter, { scan: text('a.txt'), lazy: text('a.txt') });
      await em.flush();
      const letter = await find(app.em());

      expect(() => app.files.field(letter, field)).toThrow(
        `Cannot bind Letter.${field} in storage "default": it is not loaded, await ${advice} first`,
      );
      expect(await app.reclaim()).toEqual(['a.txt', 'a.txt']);
    },
  );

  it.each(unloaded)('works on $what once it is loaded', async ({ field, find, load }) => {
    const app = await createApp([Letter]);
    const setup = app.em();
    setup.create(Letter, { [field]: text('a.txt') });
    await setup.flush();
    const em = app.em();
    const letter = await find(em);

    await load(em, letter);
    await app.files.field(letter, field).rename('b.txt');

    expect(await app.reclaim()).toEqual(['b.txt']);
  });

  it('works behind a ScalarReference, which stays the same', async () => {
    const app = await createApp([Note]);
    const setup = app.em();
    setup.create(Note, { letter: new ScalarReference(text('a.txt')) });
    await setup.flush();
    const em = app.em();
    const note = await em.findOneOrFail(Note, 1, { populate: ['letter'] });
    const { letter } = note;

    await app.files.field(note, 'letter').save('b.txt', 'hello');
    await em.flush();

    expect(note.letter).toBe(letter);
    expect(letter.unwrap()).toHaveProperty('filename', 'b.txt');
    expect(await app.reclaim()).toEqual(['b.txt']);
  });
});

describe('save() of a handle', () => {
  it('uploads and writes its column at once, nothing else', async () => {
    const { app, user, handle } = await savedUser();
    user.name = 'changed, not flushed';

    const file = await handle.save('me.txt', 'hello');

    expect(file).toBe(user.avatar);
    expect(file).toMatchObject({ filename: 'me.txt', size: 5, isPending: false });
    expect(app.log.filter((line) => line.startsWith('update'))).toEqual([
      expect.stringMatching(
        /^update "public"\."user" set "avatar" = \?::jsonb, "revision" = "revision" \+ 1 where "id" = \? and "avatar" is null returning "revision"/,
      ),
    ]);
    expect(await app.sql(`select name from "user"`)).toEqual([{ name: 'Ann' }]);
    expect(await app.journal()).toEqual([]);
  });

  it('lets go of the file that was there', async () => {
    const { app, handle } = await savedUser('old.txt');

    await handle.save('new.txt', 'hello');

    expect(await app.journal()).toEqual(['old.txt released due']);
    expect(await app.reclaim()).toEqual(['new.txt']);
  });

  it('leaves nothing of its own for the next flush, but what else has changed', async () => {
    const { app, em, user, handle } = await savedUser('old.txt');
    await handle.save('new.txt', 'hello');
    app.log.length = 0;

    await em.flush();
    expect(app.log).toEqual([]);
    user.name = 'Bob';
    await em.flush();

    const update = app.log.find((line) => line.startsWith('update'));
    expect(update).not.toContain('avatar');
    expect(await inRow(app)).toBe('new.txt');
  });

  it('refreshes the version, so that the next flush is not stale', async () => {
    const { app, em, user, handle } = await savedUser();

    await handle.save('one.txt', 'hello');
    await handle.save('two.txt', 'hello');
    user.name = 'Bob';
    await em.flush();

    expect(user.revision).toBe(4);
    expect(await app.sql(`select name, revision from "user"`)).toEqual([
      { name: 'Bob', revision: 4 },
    ]);
  });

  it('refreshes a version that is a date', async () => {
    const app = await createApp([Dated]);
    const em = app.em();
    const dated = em.create(Dated, { file: text('a.txt') });
    await em.flush();

    await app.files.field(dated, 'file').save('b.txt', 'hello');

    expect(dated.changedAt).toBeInstanceOf(Date);
    const again = await app.em().findOneOrFail(Dated, dated.id);
    expect(again.changedAt).toEqual(dated.changedAt);
    app.log.length = 0;
    await em.flush();
    expect(app.log).toEqual([]);
    dated.file = null;
    await em.flush();
    expect(await app.reclaim()).toEqual([]);
  });

  it('throws FileChangedError when the row got another file, and its upload is due at once', async () => {
    const { app, user, handle } = await savedUser('old.txt');
    const other = app.em();
    (await other.findOneOrFail(User, user.id)).avatar = text('newer.txt');
    await other.flush();

    await expect(handle.save('mine.txt', 'hello')).rejects.toMatchObject({ code: 'FILE_CHANGED' });

    expect(user.avatar!.filename).toBe('old.txt');
    expect(await app.journal()).toEqual(['mine.txt upload due', 'old.txt released due']);
    expect(await app.reclaim()).toEqual(['newer.txt']);
  });

  it('throws FileChangedError when the row is gone', async () => {
    const { app, handle } = await savedUser('old.txt');
    await app.sql(`delete from "user"`);

    expect(await outcome(handle.save('mine.txt', 'hello'))).toBe('FileChangedError');
    expect(await app.reclaim()).toEqual([]);
  });

  it('throws FileChangedError when a field that was empty got a file', async () => {
    const { app, user, handle } = await savedUser();
    const other = app.em();
    (await other.findOneOrFail(User, user.id)).avatar = text('newer.txt');
    await other.flush();

    expect(await outcome(handle.save('mine.txt', 'hello'))).toBe('FileChangedError');
    expect(await app.reclaim()).toEqual(['newer.txt']);
  });

  it('writes into the table of the parent with table-per-type inheritance', async () => {
    const app = await createApp([Media, Photo]);
    const em = app.em();
    const photo = em.create(Photo, { original: text('o.txt'), preview: text('p.txt') });
    await em.flush();

    await app.files.field(photo, 'original').save('o2.txt', 'hello');
    await app.files.field(photo, 'preview').save('p2.txt', 'hello');
    photo.original = null;
    await em.flush();

    expect(await app.reclaim()).toEqual(['p2.txt']);
  });

  it('of two handles at once has one winner', async () => {
    const { app, user } = await savedUser('old.txt');
    const users = await Promise.all([1, 2].map(() => app.em().findOneOrFail(User, user.id)));

    const results = await Promise.all(
      users.map((one, n) => outcome(app.files.field(one, 'avatar').save(`${n}.txt`, 'hello'))),
    );

    expect(results.toSorted()).toEqual(['FileChangedError', 'ok']);
    expect(await app.reclaim()).toEqual([await inRow(app)]);
  });
});

describe('rename() of a handle', () => {
  it('copies on the side of the storage and writes the column', async () => {
    const { app, user, handle } = await savedUser('old.txt');

    const file = await handle.rename('new.txt');

    expect(file).toBe(user.avatar);
    expect(await file.text({ verify: true })).toBe('hello');
    expect(await inRow(app)).toBe('new.txt');
    expect(await app.reclaim()).toEqual(['new.txt']);
  });

  it('throws FileChangedError when the row got another file', async () => {
    const { app, user, handle } = await savedUser('old.txt');
    const other = app.em();
    (await other.findOneOrFail(User, user.id)).avatar = text('newer.txt');
    await other.flush();

    expect(await outcome(handle.rename('mine.txt'))).toBe('FileChangedError');
    expect(await app.reclaim()).toEqual(['newer.txt']);
  });
});

describe('delete() of a handle', () => {
  it('empties the column and the property', async () => {
    const { app, em, user, handle } = await savedUser('old.txt');

    await handle.delete();
    app.log.length = 0;
    await em.flush();

    expect(user.avatar).toBeNull();
    expect(app.log).toEqual([]);
    expect(await app.reclaim()).toEqual([]);
  });

  it('does nothing on an empty field', async () => {
    const { app, handle } = await savedUser();

    await handle.delete();

    expect(app.log).toEqual([]);
  });

  it('throws FileChangedError when the row got another file', async () => {
    const { app, user, handle } = await savedUser('old.txt');
    const other = app.em();
    (await other.findOneOrFail(User, user.id)).avatar = text('newer.txt');
    await other.flush();

    expect(await outcome(handle.delete())).toBe('FileChangedError');
    expect(user.avatar!.filename).toBe('old.txt');
  });
});

describe('a handle inside a transaction', () => {
  it('writes in that transaction', async () => {
    const { app, user } = await savedUser('old.txt');

    await app.em().transactional(async (em) => {
      const same = await em.findOneOrFail(User, user.id);
      await app.files.field(same, 'avatar').save('new.txt', 'hello');
      expect(await inRow(app)).toBe('old.txt');
    });

    expect(await inRow(app)).toBe('new.txt');
    expect(await app.reclaim()).toEqual(['new.txt']);
  });

  it.each<[string, (app: App, user: User) => Promise<unknown>]>([
    ['save()', (app, user) => app.files.field(user, 'avatar').save('new.txt', 'hello')],
    ['rename()', (app, user) => app.files.field(user, 'avatar').rename('new.txt')],
    ['delete()', (app, user) => app.files.field(user, 'avatar').delete()],
  ])('leaves row and object as they were when %s is rolled back', async (_, change) => {
    const { app, user } = await savedUser('old.txt');

    await app
      .em()
      .transactional(async (em) => {
        await change(app, await em.findOneOrFail(User, user.id));
        throw new Error('rolled back');
      })
      .catch(() => {});

    expect(await inRow(app)).toBe('old.txt');
    expect(await app.reclaim()).toEqual(['old.txt']);
  });

  it('makes what it saved pending again when it is rolled back', async () => {
    const { app, user, em } = await savedUser('old.txt');

    await em.begin();
    const file = await app.files.field(user, 'avatar').save('new.txt', 'hello');
    expect(file.isPending).toBe(false);
    await em.rollback();

    expect(file.isPending).toBe(true);
    expect(await app.journal()).toEqual(['new.txt upload later']);
  });

  it('leaves what was rolled back to the next flush', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('old.txt') });
    await em.flush();
    await em.begin();
    await app.files.field(doc, 'file').save('new.txt', 'hello');
    await em.rollback();

    await em.flush();

    expect(app.uploads()).toBe(2);
    expect(await app.reclaim()).toEqual(['new.txt']);
  });
});
