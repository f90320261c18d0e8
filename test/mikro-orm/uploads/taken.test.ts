import { createHash } from 'node:crypto';
import { FieldFile } from '@filefield/core';
import { asLibrary } from '@filefield/core/binding';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { outcome } from '../support.ts';
import { createUploadApp, Page } from './support.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('a direct upload that a row takes', () => {
  it('becomes a file like any other, checked and under its final name', async () => {
    const { upload, insert, photos } = await createUploadApp();

    await insert(FieldFile.fromUpload(await upload('hello', { filename: 'C:\\me.txt' })), 'about');

    const [photo] = await photos();
    expect(photo).toMatchObject({ filename: 'me.txt', size: 5, type: 'text/plain' });
    expect(photo?.name).toMatch(/^about\/me_[0-9a-z]{22}\.txt$/);
    expect(photo?.uploadedAt).toBeInstanceOf(Date);
    expect(await photo?.text()).toBe('hello');
  });

  it('leaves nothing but the copy', async () => {
    const { app, upload, insert } = await createUploadApp();

    await insert(FieldFile.fromUpload(await upload('hello')));

    expect(await app.journal()).toEqual([expect.stringMatching(/^[0-9a-f]{40} claimed due$/)]);
    expect(await app.reclaim()).toEqual(['me.txt']);
    expect(await app.journal()).toEqual([]);
  });

  it('has the SHA-256 that was announced, and none where nobody counted it', async () => {
    const { upload, insert, photos } = await createUploadApp();

    await insert(FieldFile.fromUpload(await upload('one', { sha256: sha256('one') })));
    await insert(FieldFile.fromUpload(await upload('two')));

    expect((await photos()).map((photo) => photo?.sha256)).toEqual([sha256('one'), undefined]);
  });

  it('keeps metadata and takes another filename', async () => {
    const { upload, insert, photos } = await createUploadApp();
    const file = FieldFile.fromUpload(await upload('hello'), { metadata: { alt: 'me' } });

    await insert(file.renamed('portrait.txt'));

    const [photo] = await photos();
    expect(photo).toMatchObject({ filename: 'portrait.txt', metadata: { alt: 'me' } });
  });

  it('may be staged, then used in a bulk statement', async () => {
    const { app, upload, photos } = await createUploadApp();

    const photo = await app.files.stage(Page, 'photo', FieldFile.fromUpload(await upload('hello')));
    await app.em().insertMany(Page, [{ title: 'bulk', photo }]);

    expect(await (await photos())[0]?.text()).toBe('hello');
    expect(await app.reclaim()).toEqual(['me.txt']);
  });

  it('replaces a file, which is reclaimed', async () => {
    const { app, upload, insert, photos } = await createUploadApp();
    await insert(FieldFile.from('old', { filename: 'old.txt' }));
    const em = app.em();
    const page = await em.findOneOrFail(Page, { title: 'home' });

    page.photo = FieldFile.fromUpload(await upload('new'));
    await em.flush();

    expect(await (await photos())[0]?.text()).toBe('new');
    expect(await app.reclaim()).toEqual(['me.txt']);
  });

  it('is pending before the flush, and knows neither its name nor its size', async () => {
    const { upload } = await createUploadApp();

    const file = FieldFile.fromUpload(await upload('hello'));

    expect(file.isPending).toBe(true);
    expect([file.filename, file.size, file.name]).toEqual([undefined, undefined, undefined]);
    await expect(file.text()).rejects.toMatchObject({ code: 'PENDING_FILE' });
  });
});

describe('a transaction that takes a direct upload', () => {
  it('gives it back when it is rolled back, and copies it once', async () => {
    const { app, upload, insert, photos } = await createUploadApp();
    const photo = FieldFile.fromUpload(await upload('hello'));
    const fails = app.em().transactional(async (em) => {
      em.create(Page, { title: 'a', photo });
      await em.flush();
      throw new Error('no');
    });
    await expect(fails).rejects.toThrow('no');

    await insert(photo);

    expect(await (await photos())[0]?.text()).toBe('hello');
    expect(app.storage.calls.filter(({ operation }) => operation === 'copy')).toHaveLength(1);
    expect(await app.reclaim()).toEqual(['me.txt']);
  });

  it('gives it back with a savepoint', async () => {
    const { app, upload, photos } = await createUploadApp();
    const token = await upload('hello');

    await app.em().transactional(async (em) => {
      const inner = em.transactional(async (nested) => {
        nested.create(Page, { title: 'inner', photo: FieldFile.fromUpload(token) });
        await nested.flush();
        throw new Error('no');
      });
      await expect(inner).rejects.toThrow('no');
      em.create(Page, { title: 'outer', photo: FieldFile.fromUpload(token) });
    });

    expect((await photos()).map((photo) => photo?.filename)).toEqual(['me.txt']);
    expect(await app.reclaim()).toEqual(['me.txt']);
  });

  it('may be none: then the upload is used up by the statement before', async () => {
    const { app, upload, photos } = await createUploadApp();
    const photo = FieldFile.fromUpload(await upload('hello'));
    app.orm.config.set('implicitTransactions', false);
    const em = app.em();
    em.create(Page, { id: 1, title: 'a', photo });
    await app.sql(`insert into page (id, title) values (1, 'taken')`);
    expect(await outcome(em.flush())).toBe('UniqueConstraintViolationException');

    await app.sql('delete from page');
    await em.flush();

    expect(await (await photos())[0]?.text()).toBe('hello');
    expect(await app.reclaim()).toEqual(['me.txt']);
  });
});

describe('an upload that two want', () => {
  it.each([1, 2, 3])('goes to one of two rows that are flushed at once (try %i)', async () => {
    const { app, upload, insert, photos } = await createUploadApp();
    const token = await upload('hello');

    const outcomes = await Promise.all(
      ['a', 'b'].map((title) => outcome(insert(FieldFile.fromUpload(token), title))),
    );

    expect(outcomes.toSorted()).toEqual(['UploadRejectedError used', 'ok']);
    expect(await photos()).toHaveLength(1);
    expect((await app.journal()).filter((row) => !row.endsWith(' due'))).toEqual([]);
    expect(await app.reclaim()).toEqual(['me.txt']);
  });

  it('goes to one of two that stage it at once', async () => {
    const { app, upload } = await createUploadApp();
    const token = await upload('hello');
    const stage = async (): Promise<unknown> =>
      await app.files.stage(Page, 'photo', FieldFile.fromUpload(token));

    const outcomes = await Promise.all([outcome(stage()), outcome(stage())]);

    expect(outcomes.toSorted()).toEqual(['UploadRejectedError used', 'ok']);
    expect(await app.reclaim()).toEqual([]);
  });

  it('goes to one of two properties of a row', async () => {
    const { app, upload, photos } = await createUploadApp();
    const file = FieldFile.fromUpload(await upload('hello'));
    const em = app.em();
    em.create(Page, { title: 'a', photo: file });
    em.create(Page, { title: 'b', photo: file.copy() });

    expect(await outcome(em.flush())).toBe('UploadRejectedError used');

    expect(await photos()).toEqual([]);
    expect(await app.reclaim()).toEqual([]);
  });
});

describe('an upload for an entity that others extend', () => {
  const Person = defineEntity({
    name: 'Person',
    discriminatorColumn: 'kind',
    discriminatorValue: 'person',
    properties: (p) => ({
      id: p.integer().primary(),
      kind: p.enum(['person', 'author']),
      photo: fileField({ maxSize: 1000 }).nullable(),
    }),
  });
  const Author = defineEntity({
    name: 'Author',
    extends: Person,
    discriminatorValue: 'author',
    properties: () => ({ book: fileField({ maxSize: 1000 }).nullable() }),
  });

  it('may be the file of one that extends it, in the same field', async () => {
    const { app, storage } = await createUploadApp({}, [Person, Author]);
    const upload = await app.files.createUpload(Person, 'photo', { filename: 'me.txt' });
    await storage.save(upload.name, 'hello', asLibrary({}));
    const save = async (property: 'photo' | 'book'): Promise<void> => {
      const em = app.em();
      em.create(Author, { kind: 'author', [property]: FieldFile.fromUpload(upload.token) });
      await em.flush();
    };

    expect(await outcome(save('book'))).toBe('UploadRejectedError field');
    expect(await outcome(save('photo'))).toBe('ok');
    expect(await app.reclaim()).toEqual(['me.txt']);
  });
});
