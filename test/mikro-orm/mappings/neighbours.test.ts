import type { FieldFile } from '@filefield/core';
import {
  defineEntity,
  OptimisticLockError,
  p,
  UniqueConstraintViolationException,
} from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, outcome, text } from '../support.ts';
import { ownedFile } from './mapping.ts';

const forms = [{ column: 'json' }, { column: 'name' }] as const;

describe.each(forms)('two fields of one entity (column: $column)', ({ column }) => {
  const Doc = defineEntity({
    name: 'Doc',
    properties: (p) => ({
      id: p.integer().primary(),
      front: ownedFile(column).nullable(),
      back: ownedFile(column, { storage: 'other' }).nullable(),
    }),
  });

  it('live apart', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { front: text('front.txt'), back: text('back.txt') });
    await em.flush();

    doc.front = text('next.txt');
    await em.flush();
    expect(await app.reclaim()).toEqual(['back.txt', 'next.txt']);
    doc.back = null;
    await em.flush();

    expect(await app.reclaim()).toEqual(['next.txt']);
  });

  it('keep both when one upload fails', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { front: text('front.txt'), back: text('back.txt') });
    await em.flush();
    doc.front = text('front2.txt');
    doc.back = text('back2.txt');
    app.faults.push({ operation: 'save' });

    expect(await outcome(em.flush())).toBe('StorageError');

    expect([doc.front.isPending, doc.back.isPending]).toEqual([true, true]);
    expect(await app.reclaim()).toEqual(['back.txt', 'front.txt']);
  });

  it('can be swapped by a statement: nothing is uploaded or reclaimed', async () => {
    const Twin = defineEntity({
      name: 'Twin',
      properties: (p) => ({
        id: p.integer().primary(),
        front: ownedFile(column).nullable(),
        back: ownedFile(column).nullable(),
      }),
    });
    const app = await createApp([Twin]);
    const em = app.em();
    em.create(Twin, { front: text('front.txt'), back: text('back.txt') });
    await em.flush();

    await app.sql('update twin set front = back, back = front');

    expect(await app.journal()).toEqual([]);
    const twin = await app.em().findOneOrFail(Twin, 1);
    expect([await twin.front!.text(), await twin.back!.text()]).toEqual(['back.txt', 'front.txt']);
  });
});

describe.each(forms)('a unique field (column: $column)', ({ column }) => {
  const Doc = defineEntity({
    name: 'Doc',
    properties: (p) => ({
      id: p.integer().primary(),
      title: p.string().unique(),
      file: ownedFile(column).nullable().unique(),
    }),
  });

  it('takes one object once', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    em.create(Doc, { title: 'one', file: text('a.txt') });
    await em.flush();

    const copying = app.sql(`insert into doc (title, file) select 'two', file from doc`);

    await expect(copying).rejects.toThrow(/duplicate key/);
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('gives up the upload of a row that breaks another rule', async () => {
    const app = await createApp([Doc]);
    await app.sql(`insert into doc (title) values ('taken')`);
    const em = app.em();
    em.create(Doc, { title: 'taken', file: text('a.txt') });

    await expect(em.flush()).rejects.toThrow(UniqueConstraintViolationException);

    expect(await app.reclaim()).toEqual([]);
  });

  it('is written by many updates of one flush', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const docs = ['1', '2', '3'].map((title) =>
      em.create(Doc, { title, file: text(`${title}.txt`) }),
    );
    await em.flush();
    for (const doc of docs) doc.file = text(`new${doc.title}.txt`);

    await em.flush();

    expect(await app.reclaim()).toEqual(['new1.txt', 'new2.txt', 'new3.txt']);
  });
});

const versions = [
  { version: 'number', column: 'json' },
  { version: 'number', column: 'name' },
  { version: 'date', column: 'json' },
  { version: 'date', column: 'name' },
] as const;

describe.each(versions)(
  'an optimistic lock by a $version (column: $column)',
  ({ version, column }) => {
    const Doc = defineEntity({
      name: 'Doc',
      properties: (p) => ({
        id: p.integer().primary(),
        version: version === 'date' ? p.datetime().length(3).version() : p.integer().version(),
        file: ownedFile(column).nullable(),
      }),
    });

    it('lets the second writer of a file fail, and gives its upload up', async () => {
      const app = await createApp([Doc]);
      const em = app.em();
      em.create(Doc, { file: text('a.txt') });
      await em.flush();
      const [first, second] = [app.em(), app.em()];
      const [one, two] = [await first.findOneOrFail(Doc, 1), await second.findOneOrFail(Doc, 1)];
      one.file = text('b.txt');
      await first.flush();
      const late: FieldFile = text('c.txt');
      two.file = late;

      await expect(second.flush()).rejects.toThrow(OptimisticLockError);

      expect(late.isPending).toBe(true);
      expect(await app.reclaim()).toEqual(['b.txt']);
    });

    it('goes on after files.field() wrote the column', async () => {
      const app = await createApp([Doc]);
      const em = app.em();
      const doc = em.create(Doc, { file: text('a.txt') });
      await em.flush();
      await app.files.field(doc, 'file').save('b.txt', 'b');
      doc.file = text('c.txt');

      expect(await outcome(em.flush())).toBe('ok');
      expect(await app.reclaim()).toEqual(['c.txt']);
    });
  },
);

describe.each(forms)('a soft delete (column: $column)', ({ column }) => {
  const Doc = defineEntity({
    name: 'Doc',
    properties: (p) => ({
      id: p.integer().primary(),
      deletedAt: p.datetime().nullable(),
      file: ownedFile(column).nullable(),
    }),
    filters: { alive: { name: 'alive', cond: { deletedAt: null }, default: true } },
  });

  it('keeps the file of a row that nobody finds any more', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { file: text('a.txt') });
    await em.flush();
    doc.deletedAt = new Date();
    await em.flush();

    expect(await app.em().find(Doc, {})).toEqual([]);
    expect(await app.reclaim()).toEqual(['a.txt']);
    const [found] = await app.em().find(Doc, {}, { filters: { alive: false } });
    expect(await found!.file!.text()).toBe('a.txt');
  });

  it('lets go of it when the row is deleted for good', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { file: text('a.txt'), deletedAt: new Date() });
    await em.flush();

    await app.em().nativeDelete(Doc, { id: doc.id }, { filters: { alive: false } });

    expect(await app.reclaim()).toEqual([]);
  });
});

describe.each(forms)('em.clone() (column: $column)', ({ column }) => {
  const Doc = defineEntity({
    name: 'Doc',
    properties: (p) => ({ id: p.integer().primary(), file: ownedFile(column).nullable() }),
  });

  it('makes two rows of one object, which stays until both are gone', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    em.create(Doc, { file: text('a.txt') });
    await em.flush();

    const clone = await em.clone(Doc, { id: 1 });

    expect(await clone.file!.text()).toBe('a.txt');
    await app.sql('delete from doc where id = 1');
    expect(await app.reclaim()).toEqual(['a.txt']);
    await app.sql('delete from doc');
    expect(await app.reclaim()).toEqual([]);
  });

  it('takes another file that is staged, and no pending one', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    em.create(Doc, { file: text('a.txt') });
    await em.flush();
    const staged = await app.files.stage(Doc, 'file', text('b.txt'));

    await em.clone(Doc, { id: 1 }, { file: staged });

    expect(await outcome(em.clone(Doc, { id: 1 }, { file: text('c.txt') }))).toBe(
      'PendingFileError',
    );
    expect(await app.reclaim()).toEqual(['a.txt', 'b.txt']);
  });
});

describe.each(forms)('a ScalarReference of a file (column: $column)', ({ column }) => {
  const Note = defineEntity({
    name: 'Note',
    properties: (p) => ({
      id: p.integer().primary(),
      letter: ownedFile(column).nullable().lazy().ref(),
    }),
  });

  it('is bound by files.field() like the file itself', async () => {
    const app = await createApp([Note]);
    const em = app.em();
    em.create(Note, { letter: text('a.txt') });
    await em.flush();
    const note = await em.findOneOrFail(Note, 1, { populate: ['letter'] });
    const field = app.files.field(note, 'letter');

    await field.save('b.txt', 'bytes');
    await field.rename('c.txt');

    expect(field.file!.filename).toMatch(/^c/);
    expect(await (await note.letter.load())!.text()).toBe('bytes');
    expect(await app.reclaim()).toEqual(['c.txt']);
    await field.delete();
    expect(note.letter.unwrap()).toBeNull();
    await em.flush();
    expect(await app.reclaim()).toEqual([]);
  });

  it('holds what em.assign() is given, and stays where that is undefined', async () => {
    const app = await createApp([Note]);
    const em = app.em();
    const staged = await app.files.stage(Note, 'letter', text('a.txt'));
    const note = em.create(Note, { letter: staged });
    await em.flush();

    em.assign(note, { letter: undefined });
    await em.flush();
    expect(note.letter.unwrap()!.name).toBe(staged.name);
    em.assign(note, { letter: text('b.txt') });
    await em.flush();

    expect(await note.letter.unwrap()!.text()).toBe('b.txt');
    expect(await app.reclaim()).toEqual(['b.txt']);
  });
});

describe.each(forms)('two schemas (column: $column)', ({ column }) => {
  const properties = { id: p.integer().primary(), file: ownedFile(column).nullable() };
  const Live = defineEntity({ name: 'Live', tableName: 'doc', properties });
  const Old = defineEntity({ name: 'Old', tableName: 'doc', schema: 'archive', properties });

  it('share one journal, and a name that moves between their tables is kept', async () => {
    const app = await createApp([Live, Old]);
    const em = app.em();
    em.create(Live, { file: text('a.txt') });
    em.create(Old, { file: text('b.txt') });
    await em.flush();

    await app.sql(
      `with moved as (delete from public.doc returning file) insert into archive.doc (file) select file from moved`,
    );
    await app.sql(`delete from archive.doc where file::text like '%b%txt%' and id = 1`);

    expect(await app.reclaim()).toEqual(['a.txt']);
    expect((await app.orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });

  it('may keep the journal in a third', async () => {
    const app = await createApp([Live, Old], { files: { journal: { schema: 'files' } } });
    const em = app.em();
    const old = em.create(Old, { file: text('b.txt') });
    await em.flush();
    await em.remove(old).flush();

    expect(await app.journal()).toEqual(['b.txt released due']);
    expect(await app.reclaim()).toEqual([]);
    expect((await app.orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });
});
