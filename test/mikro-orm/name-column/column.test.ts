import { FieldFile, UnsupportedOperationError } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, stream, text } from '../support.ts';
import { Doc } from './docs.ts';

describe('a column of names', () => {
  it.each([
    { what: 'a varchar(255)', options: {}, type: 'character varying(255)' },
    { what: 'as long as maxLength', options: { maxLength: 100 }, type: 'character varying(100)' },
  ])('is $what', async ({ options, type }) => {
    const Paper = defineEntity({
      name: 'Paper',
      properties: (p) => ({
        id: p.integer().primary(),
        file: fileField({ column: 'name', ...options }).nullable(),
      }),
    });
    const app = await createApp([Paper]);

    const [column] = await app.sql(
      `select format_type(atttypid, atttypmod) as type, attnotnull as "notNull" from pg_attribute
         where attrelid = 'paper'::regclass and attname = 'file'`,
    );

    expect(column).toEqual({ type, notNull: false });
    expect((await app.orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });

  it('holds the name and nothing else', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { file: text('a.txt') });

    await em.flush();

    expect(await app.sql('select file from doc')).toEqual([{ file: doc.file!.name }]);
    expect(doc.file!.name).toMatch(/^docs\/a_\w+\.txt$/);
  });

  it('cuts the root of a name that would be longer', async () => {
    const Paper = defineEntity({
      name: 'Paper',
      properties: (p) => ({
        id: p.integer().primary(),
        file: fileField({ column: 'name', maxLength: 40, uploadTo: 'papers/' }).nullable(),
      }),
    });
    const app = await createApp([Paper]);
    const em = app.em();
    const paper = em.create(Paper, { file: text(`${'long'.repeat(20)}.txt`, 'x') });

    await em.flush();

    expect(paper.file!.name).toMatch(/^papers\/lo\w+\.txt$/);
    expect(paper.file!.name).toHaveLength(40);
    expect(await (await app.em().findOneOrFail(Paper, paper.id)).file!.text()).toBe('x');
  });
});

describe('a loaded name', () => {
  it('is a FieldFile of the storage of the field', async () => {
    const app = await createApp([Doc]);
    await app.other.save('reports/q1.pdf', 'bytes');
    await app.sql(`insert into doc (other) values ('reports/q1.pdf')`);

    const { other } = await app.em().findOneOrFail(Doc, { other: 'reports/q1.pdf' });

    expect(other).toBeInstanceOf(FieldFile);
    expect(other!.toRow()).toEqual({ storage: 'other', name: 'reports/q1.pdf' });
    expect([other!.filename, other!.isPending]).toEqual(['q1.pdf', false]);
    expect(await other!.text()).toBe('bytes');
  });

  it('has the type of its extension, until stat() asks the storage', async () => {
    const app = await createApp([Doc]);
    await app.storage.save('docs/page', '<html></html>', { type: 'text/html' });
    await app.sql(`insert into doc (file) values ('docs/a.png'), ('docs/page')`);

    const [a, page] = await app.em().find(Doc, {}, { orderBy: { id: 1 } });

    expect([a!.file!.type, page!.file!.type]).toEqual(['image/png', undefined]);
    await page!.file!.stat();
    expect(page!.file!.type).toBe('text/html');
  });

  it('has no size before stat(), says so, and has it afterwards', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    em.create(Doc, { file: text('a.txt', 'hello') });
    await em.flush();

    const { file } = await app.em().findOneOrFail(Doc, 1);

    expect(() => file!.size).toThrow(UnsupportedOperationError);
    expect(() => file!.size).toThrow(/its column holds only the name, await stat\(\) first/);
    await file!.stat();
    expect(file!.size).toBe(5);
  });

  it('has its size right after the flush that uploaded it', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { file: text('a.txt', 'hello') });

    await em.flush();

    expect([doc.file!.size, doc.file!.type]).toEqual([5, 'text/plain']);
  });

  it('becomes JSON without a request, the size left out', async () => {
    const app = await createApp([Doc]);
    await app.sql(`insert into doc (file) values ('docs/a.txt')`);
    const doc = await app.em().findOne(Doc, 1, { fields: ['file'] });
    const { length } = app.storage.calls;

    const json: unknown = JSON.parse(JSON.stringify(doc));

    expect(json).toEqual({
      id: 1,
      file: { name: 'docs/a.txt', filename: 'a.txt', type: 'text/plain' },
    });
    expect(app.storage.calls).toHaveLength(length);
  });

  it('stays what it is when stat() found its size: the flush emits nothing', async () => {
    const app = await createApp([Doc]);
    await app.storage.save('docs/a.txt', 'hello');
    await app.sql(`insert into doc (file) values ('docs/a.txt')`);
    const em = app.em();
    const [doc] = await em.find(Doc, {});
    await doc!.file!.stat();
    app.log.length = 0;

    await em.flush();

    expect(app.log).toEqual([]);
  });

  it('gets its file back where the property was set to undefined', async () => {
    const app = await createApp([Doc]);
    await app.sql(`insert into doc (file) values ('docs/a.txt')`);
    const em = app.em();
    const [doc] = await em.find(Doc, {});
    doc!.file = undefined;
    app.log.length = 0;

    await em.flush();

    expect(app.log).toEqual([]);
    expect(doc!.file).toBeInstanceOf(FieldFile);
    expect(doc!.file).toHaveProperty('name', 'docs/a.txt');
  });
});

describe('a value for a column of names', () => {
  it.each([
    { value: 'a string', file: 'docs/a.txt' },
    { value: 'a plain object', file: { storage: 'default', name: 'docs/a.txt' } },
  ])('is no $value', async ({ file }) => {
    const app = await createApp([Doc]);
    await app.sql(`insert into doc (title) values ('x')`);
    const em = app.em();
    const [doc] = await em.find(Doc, {});
    Reflect.set(doc!, 'file', file);

    await expect(em.flush()).rejects.toThrow(/only a FieldFile is one/);
    await expect(app.em().insert(Doc, { file } as never)).rejects.toThrow(/only a FieldFile/);
    await expect(app.em().nativeUpdate(Doc, { id: 1 }, { file } as never)).rejects.toThrow(
      /only a FieldFile/,
    );
  });

  it('is refused pending outside a flush, and taken staged', async () => {
    const app = await createApp([Doc]);
    const staged = await app.files.stage(Doc, 'file', stream('a.txt'));

    await expect(app.em().insert(Doc, { file: text('b.txt') })).rejects.toThrow(/files\.stage\(\)/);
    await app.em().insertMany(Doc, [{ file: staged }]);

    expect(await app.sql('select file from doc')).toEqual([{ file: staged.name }]);
    expect(await app.journal()).toEqual([]);
  });
});
