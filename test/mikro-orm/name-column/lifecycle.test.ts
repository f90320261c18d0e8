import { FieldFile, FileChangedError, FileNotFoundError, MemoryStorage } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, outcome, stream, text } from '../support.ts';
import type { App } from '../support.ts';
import { Doc } from './docs.ts';

/** A row whose fields hold a file each. */
async function saveDoc(app: App, fields: readonly ('file' | 'owned' | 'other' | 'row')[]) {
  const em = app.em();
  const files = fields.map((field) => [field, text(`${field}.txt`)] as const);
  const doc = em.create(Doc, Object.fromEntries(files));
  await em.flush();
  return { em, doc };
}

describe('an object that a column of names lets go of', () => {
  it('is held when its row is deleted or takes another file', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await saveDoc(app, ['file']);
    doc.file = text('next.txt');
    await em.flush();

    await em.remove(doc).flush();

    expect(await app.journal()).toEqual(['file.txt kept held', 'next.txt kept held']);
    expect(await app.reclaim()).toEqual(['file.txt', 'next.txt']);
  });

  it('is reclaimed where the field says so', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await saveDoc(app, ['owned']);
    doc.owned = text('next.txt');
    await em.flush();
    expect(await app.reclaim()).toEqual(['next.txt']);

    await em.remove(doc).flush();

    expect(await app.reclaim()).toEqual([]);
  });

  it('may be held by deletions and reclaimed by replacements', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await saveDoc(app, ['other']);
    doc.other = text('next.txt');
    await em.flush();
    await em.remove(doc).flush();

    expect(await app.journal()).toEqual(['next.txt kept held', 'other.txt released due']);
    expect(await app.reclaim()).toEqual(['next.txt']);
  });

  it.each([
    { statement: 'update doc set owned = null' },
    { statement: `update doc set owned = ''` },
    { statement: 'delete from doc' },
    { statement: 'truncate doc' },
  ])('is reclaimed after $statement', async ({ statement }) => {
    const app = await createApp([Doc]);
    await saveDoc(app, ['owned']);

    await app.sql(statement);

    expect(await app.reclaim()).toEqual([]);
  });

  it('is not touched by a statement that only copies its name', async () => {
    const app = await createApp([Doc]);
    await saveDoc(app, ['owned']);
    await app.sql('insert into doc (owned) select owned from doc');

    await app.sql('delete from doc where id = 1');

    expect(await app.reclaim()).toEqual(['owned.txt']);
  });

  it('stays while another row, column or table holds its name in the same storage', async () => {
    const Other = defineEntity({
      name: 'Other',
      properties: (p) => ({
        id: p.integer().primary(),
        row: fileField().nullable(),
        name: fileField({ column: 'name' }).nullable(),
      }),
    });
    const app = await createApp([Doc, Other]);
    await saveDoc(app, ['owned']);
    await app.sql(
      `insert into other (row, name) select jsonb_build_object('storage', 'default', 'name', owned), null from doc`,
    );
    await app.sql('delete from doc');
    expect(await app.reclaim()).toEqual(['owned.txt']);

    await app.sql(`update other set name = row ->> 'name', row = null`);
    expect(await app.reclaim()).toEqual(['owned.txt']);
  });

  it('does not stay for the same name in another storage', async () => {
    const app = await createApp([Doc]);
    await saveDoc(app, ['owned']);
    await app.sql('insert into doc (other) select owned from doc');

    await app.sql('delete from doc where id = 1');

    expect(await app.reclaim()).toEqual([]);
  });

  it('can be restored, and assigned again', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await saveDoc(app, ['owned']);
    const name = doc.owned!.name!;
    doc.owned = null;
    await em.flush();

    doc.owned = await app.files.restore({ storage: 'default', name });
    await em.flush();

    expect(await app.reclaim()).toEqual(['owned.txt']);
    expect(await app.sql('select owned from doc')).toEqual([{ owned: name }]);
    expect(await doc.owned.text()).toBe('owned.txt');
  });
});

describe('a rename in a column of names', () => {
  it('copies the object and holds, or reclaims, the old one', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await saveDoc(app, ['file', 'owned']);
    doc.file = doc.file!.renamed('kept.txt');
    doc.owned = doc.owned!.renamed('moved.txt');

    await em.flush();

    expect(await doc.owned.text()).toBe('owned.txt');
    expect(doc.owned.size).toBe(9);
    expect(await app.reclaim()).toEqual(['file.txt', 'kept.txt', 'moved.txt']);
  });

  it('starts from a row that was only loaded, and tells the size of the copy', async () => {
    const app = await createApp([Doc]);
    await saveDoc(app, ['owned']);
    const em = app.em();
    const doc = await em.findOneOrFail(Doc, 1);
    doc.owned = doc.owned!.renamed('moved.txt');

    await em.flush();

    expect([doc.owned.size, doc.owned.type, doc.owned.filename]).toEqual([
      9,
      'text/plain',
      'moved.txt',
    ]);
  });

  it('throws FileChangedError when the row got another name meanwhile', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await saveDoc(app, ['owned']);
    await app.storage.save('elsewhere.txt', 'x');
    await app.sql(`update doc set owned = 'elsewhere.txt'`);
    doc.owned = doc.owned!.renamed('moved.txt');

    await expect(em.flush()).rejects.toThrow(FileChangedError);
    expect(await app.reclaim()).toEqual(['elsewhere.txt']);
  });

  it('throws FileNotFoundError when the object is gone', async () => {
    const app = await createApp([Doc]);
    await app.sql(`insert into doc (owned) values ('gone.txt')`);
    const em = app.em();
    const doc = await em.findOneOrFail(Doc, 1);
    doc.owned = doc.owned!.renamed('moved.txt');

    await expect(em.flush()).rejects.toThrow(FileNotFoundError);
    expect(await app.objects()).toEqual([]);
  });
});

describe('a copy between a column of names and a JSON column', () => {
  it('fills in size and type on the way to JSON', async () => {
    const app = await createApp([Doc]);
    await saveDoc(app, ['file']);
    const em = app.em();
    const doc = await em.findOneOrFail(Doc, 1);
    doc.row = doc.file!.copy();

    await em.flush();

    expect(doc.row.toRow()).toMatchObject({ filename: expect.stringMatching(/^file/), size: 8 });
    expect(doc.row.type).toBe('text/plain');
    expect(doc.row.name).not.toBe(doc.file!.name);
    expect(await (await app.em().findOneOrFail(Doc, 1)).row!.text()).toBe('file.txt');
  });

  it('keeps only the name on the way back', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await saveDoc(app, ['row']);
    doc.file = doc.row!;

    await em.flush();

    expect(await app.sql(`select file from doc`)).toEqual([{ file: doc.file.name }]);
    expect(doc.file.name).not.toBe(doc.row!.name);
    expect(await doc.file.text()).toBe('row.txt');
  });

  it('goes to the storage of the field', async () => {
    const app = await createApp([Doc]);
    const { em, doc } = await saveDoc(app, ['row']);
    doc.other = doc.row!.copy();

    await em.flush();

    expect(doc.other.storage).toBe('other');
    expect(await (await app.em().findOneOrFail(Doc, 1)).other!.text()).toBe('row.txt');
  });
});

describe('FieldFile.stored() in a column of names', () => {
  it('needs { own: true }, because the row cannot say otherwise', async () => {
    const app = await createApp([Doc]);
    await app.storage.save('shared.txt', 'x');
    const em = app.em();
    em.create(Doc, { owned: FieldFile.stored({ storage: 'default', name: 'shared.txt' }) });

    await expect(em.flush()).rejects.toThrow(
      /^Cannot refer to "shared\.txt" in Doc\.owned in storage "default": .*pass FieldFile\.stored\(\{ storage: "default", own: true \}\)$/,
    );
  });

  it('owns its object from then on', async () => {
    const app = await createApp([Doc]);
    await app.storage.save('shared.txt', 'x');
    const em = app.em();
    const owned = FieldFile.stored({ storage: 'default', name: 'shared.txt', own: true });
    const doc = em.create(Doc, { owned });
    await em.flush();
    expect(await app.sql('select owned from doc')).toEqual([{ owned: 'shared.txt' }]);

    await em.remove(doc).flush();

    expect(await app.reclaim()).toEqual([]);
  });

  it('cannot name another storage', async () => {
    const app = await createApp([Doc]);
    await app.other.save('shared.txt', 'x');
    const em = app.em();
    em.create(Doc, {
      owned: FieldFile.stored({ storage: 'other', name: 'shared.txt', own: true }),
    });

    await expect(em.flush()).rejects.toThrow(/the column holds only names/);
  });

  it('throws FileNotFoundError where there is no such object', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    em.create(Doc, { owned: FieldFile.stored({ storage: 'default', name: 'no.txt', own: true }) });

    await expect(em.flush()).rejects.toThrow(FileNotFoundError);
  });
});

describe('files.field() of a column of names', () => {
  it('saves, renames and deletes, each by one UPDATE that compares the name', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { title: 'x' });
    await em.flush();
    const field = app.files.field(doc, 'owned');

    await field.save('a.txt', 'hello');
    await field.rename('b.txt');
    app.log.length = 0;
    await field.delete();
    await em.flush();

    expect(app.log.filter((line) => line.startsWith('update'))).toHaveLength(1);
    expect(app.log[0]).toMatch(/^update "public"\."doc" set "owned" = .* and "owned" = /);
    expect(doc.owned).toBeNull();
    expect(await app.reclaim()).toEqual([]);
  });

  it('throws FileChangedError when the row holds another name', async () => {
    const app = await createApp([Doc]);
    const { doc } = await saveDoc(app, ['owned']);
    await app.sql(`update doc set owned = null`);

    const work = app.files.field(doc, 'owned').save('b.txt', 'x');

    await expect(work).rejects.toThrow(FileChangedError);
  });
});

describe('a file for a column of names that was staged', () => {
  it('is settled by raw SQL that writes its name', async () => {
    const app = await createApp([Doc]);
    const staged = await app.files.stage(Doc, 'owned', stream('a.txt'));
    expect(await app.journal()).toEqual(['a.txt upload later']);

    await app.sql('insert into doc (owned) values (?)', [staged.name]);

    expect(await app.reclaim()).toEqual(['a.txt']);
    expect(await (await app.em().findOneOrFail(Doc, 1)).owned!.text()).toBe('a.txt');
  });

  it('may go through the query builder, upsert and nativeUpdate', async () => {
    const app = await createApp([Doc]);
    const stage = async (filename: string): Promise<FieldFile> =>
      app.files.stage(Doc, 'owned', text(filename));
    await app.em().upsert(Doc, { id: 1, owned: await stage('a.txt') });
    await app.em().upsertMany(Doc, [{ id: 2, owned: await stage('b.txt') }]);
    await app.em().nativeUpdate(Doc, { id: 1 }, { owned: await stage('c.txt') });
    await app
      .em()
      .qb(Doc)
      .update({ owned: await stage('d.txt') })
      .where({ id: 2 })
      .execute();

    expect(await app.reclaim()).toEqual(['c.txt', 'd.txt']);
  });
});

describe('a rollback in front of a column of names', () => {
  it.each([
    { source: 'bytes', file: () => text('a.txt') },
    { source: 'a stream that is read once', file: () => stream('a.txt') },
  ])(
    'makes the file pending again, and the next flush uses its upload ($source)',
    async ({ file }) => {
      const app = await createApp([Doc]);
      const em = app.em();
      const doc = em.create(Doc, { owned: file() });
      const failed = outcome(
        em.transactional(async () => {
          throw new TypeError('no');
        }),
      );
      expect(await failed).toBe('TypeError');
      await expect(
        app.em().transactional(async (inner) => {
          inner.persist(doc);
          await inner.flush();
          throw new TypeError('no');
        }),
      ).rejects.toThrow(TypeError);
      expect(doc.owned!.isPending).toBe(true);

      const again = app.em();
      again.create(Doc, { owned: doc.owned! });
      await again.flush();

      expect(app.uploads()).toBe(1);
      expect(await app.reclaim()).toEqual(['a.txt']);
    },
  );
});

describe('a default in a column of names', () => {
  const Member = defineEntity({
    name: 'Member',
    properties: (p) => ({
      id: p.integer().primary(),
      avatar: fileField({
        column: 'name',
        default: 'avatars/none.png',
        onDelete: 'reclaim',
        onReplace: 'reclaim',
      }).nullable(),
    }),
  });

  async function createMembers(): Promise<App> {
    const storage = new MemoryStorage();
    await storage.save('avatars/none.png', 'nobody');
    return createApp([Member], { default: storage });
  }

  it('is what a new entity holds that is given no file', async () => {
    const app = await createMembers();
    const em = app.em();
    const member = em.create(Member, {});

    await em.flush();

    expect(member.avatar!.name).toBe('avatars/none.png');
    expect(await member.avatar!.text()).toBe('nobody');
    expect(await app.sql('select avatar from member')).toEqual([{ avatar: 'avatars/none.png' }]);
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

  it('keeps its object though the journal lists it', async () => {
    const app = await createMembers();
    const em = app.em();
    em.create(Member, {});
    await em.flush();

    await app.sql(
      `select filefield_schedule('[{"storage": "default", "name": "avatars/none.png", "reason": "orphan"}]', interval '0')`,
    );

    expect(await app.reclaim()).toEqual(['none.png']);
  });

  it('may be assigned on purpose', async () => {
    const app = await createMembers();
    const em = app.em();
    const member = em.create(Member, { avatar: text('own.png', 'bytes') });
    await em.flush();
    member.avatar = FieldFile.stored({ storage: 'default', name: 'avatars/none.png' });

    await em.flush();

    expect(await app.sql('select avatar from member')).toEqual([{ avatar: 'avatars/none.png' }]);
    expect(await app.reclaim()).toEqual(['none.png']);
  });
});
