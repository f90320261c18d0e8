import { FieldFile } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity, NotNullConstraintViolationException } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, stem, stream, text } from '../support.ts';
import { Doc } from './entities.ts';

const Limited = defineEntity({
  name: 'Limited',
  properties: (p) => ({
    id: p.integer().primary(),
    small: fileField({ maxSize: 10 }).nullable(),
    empty: fileField({ allowEmpty: true }).nullable(),
  }),
});

describe('an upload that fails', () => {
  it('keeps the flush from beginning a transaction', async () => {
    const app = await createApp([Doc]);
    app.faults.push({ operation: 'save' });
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });

    await expect(em.flush()).rejects.toMatchObject({ code: 'STORAGE' });

    expect(app.log.some((line) => line.startsWith('begin'))).toBe(false);
    expect(doc.file!.isPending).toBe(true);
    expect(await app.journal()).toEqual(['a.txt upload due']);
  });

  it('halfway leaves nothing, and the next flush uploads again', async () => {
    const app = await createApp([Doc]);
    app.faults.push({ operation: 'save', call: 1, when: 'during', afterBytes: 2 });
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt', 'hello') });

    await expect(em.flush()).rejects.toMatchObject({ code: 'STORAGE' });
    await em.persist(doc).flush();

    expect(await doc.file!.text({ verify: true })).toBe('hello');
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('after its object was stored is due at once', async () => {
    const app = await createApp([Doc]);
    app.faults.push({ operation: 'save', call: 1, when: 'after' });
    const em = app.em();
    em.create(Doc, { name: 'a', file: text('a.txt') });

    await expect(em.flush()).rejects.toMatchObject({ code: 'STORAGE' });

    expect(await app.objects()).toEqual(['a.txt']);
    expect(await app.journal()).toEqual(['a.txt upload due']);
    expect(await app.reclaim()).toEqual([]);
  });

  it('ends the others; what completed is used again, what did not is due at once', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const slow = Promise.withResolvers<void>();
    const endless = FieldFile.from(
      async function* () {
        yield Buffer.from('x');
        await slow.promise;
        yield Buffer.from('y');
      },
      { filename: 'slow.txt' },
    );
    const failing = FieldFile.from(
      async function* () {
        yield Buffer.from('x');
        await new Promise((resolve) => setTimeout(resolve, 100));
        throw new Error('source broke');
      },
      { filename: 'bad.txt' },
    );
    const docs = [
      em.create(Doc, { name: 'good', file: stream('good.txt') }),
      em.create(Doc, { name: 'bad', file: failing }),
      em.create(Doc, { name: 'slow', file: endless }),
    ];

    await expect(em.flush()).rejects.toThrow('source broke');

    expect(docs.map(({ file }) => file!.isPending)).toEqual([true, true, true]);
    expect(await app.journal()).toEqual([
      'bad.txt upload due',
      'good.txt upload later',
      'slow.txt upload due',
    ]);
    slow.resolve();
    docs[1]!.file = text('better.txt');
    await em.persist(docs).flush();
    const saved = app.storage.calls.map(({ names }) => stem(names[0]!));
    expect(saved.filter((name) => name === 'good.txt')).toHaveLength(1);
    expect(await app.reclaim()).toEqual(['better.txt', 'good.txt', 'slow.txt']);
  });

  it('inside an explicit transaction lets that go on', async () => {
    const app = await createApp([Doc]);
    app.faults.push({ operation: 'save', call: 1 });

    await app.em().transactional(async (em) => {
      const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
      await em.flush().catch(() => {});
      await em.persist(doc).flush();
    });

    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('never starts when the journal cannot be written', async () => {
    const app = await createApp([Doc]);
    await app.sql('alter table file_journal rename to gone');
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });

    await expect(em.flush()).rejects.toThrow(/file_journal/);
    await app.sql('alter table gone rename to file_journal');

    expect(app.uploads()).toBe(0);
    expect(doc.file!.isPending).toBe(true);
  });

  it('of a stream that breaks passes its error on', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const broken = new ReadableStream({
      start: (controller) => controller.error(new Error('client went away')),
    });
    em.create(Doc, { name: 'a', file: FieldFile.from(broken, { filename: 'a.txt' }) });

    await expect(em.flush()).rejects.toThrow('client went away');
    expect(await app.reclaim()).toEqual([]);
  });
});

describe('a field that is required', () => {
  const Signed = defineEntity({
    name: 'Signed',
    properties: (p) => ({ id: p.integer().primary(), scan: fileField() }),
  });

  it.each([
    ['nothing', {}],
    ['null', { scan: null }],
  ])('keeps a row that was given %s from being inserted', async (_, values) => {
    const app = await createApp([Signed]);
    const em = app.em();

    const work = async () => {
      em.create(Signed, values as never);
      await em.flush();
    };

    await expect(work).rejects.toThrow('Value for Signed.scan is required');
    expect(await app.sql('select 1 from signed')).toEqual([]);
  });

  it('keeps its file when it is cleared', async () => {
    const app = await createApp([Signed]);
    const em = app.em();
    const signed = em.create(Signed, { scan: text('a.txt') });
    await em.flush();
    signed.scan = null as never;

    await expect(em.flush()).rejects.toThrow(NotNullConstraintViolationException);

    expect(await app.reclaim()).toEqual(['a.txt']);
  });
});

describe('a file that breaks the rules of its field', () => {
  it.each<[string, FieldFile]>([
    ['bytes whose size is known', text('a.txt', '12345678901')],
    ['a stream', stream('a.txt', '12345678901')],
    ['a long stream', stream('a.txt', 'x'.repeat(100_000))],
  ])('is refused as too large, and nothing of %s stays', async (_, small) => {
    const app = await createApp([Limited]);
    const em = app.em();
    const row = em.create(Limited, { small });

    await expect(em.flush()).rejects.toMatchObject({
      code: 'FILE_VALIDATION',
      issues: [{ validator: 'maxSize', expected: 10 }],
      message: expect.stringMatching(/^Cannot save Limited\.small: /) as string,
    });

    expect(row.small!.isPending).toBe(true);
    expect(await app.objects()).toEqual([]);
    expect(await app.sql('select 1 from limited')).toEqual([]);
    expect(await app.reclaim()).toEqual([]);
  });

  it('is refused as too large when it is a copy of a stored one', async () => {
    const app = await createApp([Limited]);
    const em = app.em();
    const row = em.create(Limited, { empty: text('a.txt', '12345678901') });
    await em.flush();

    row.small = row.empty!;

    await expect(em.flush()).rejects.toMatchObject({ issues: [{ validator: 'maxSize' }] });
    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it('is accepted at exactly the limit', async () => {
    const app = await createApp([Limited]);
    const em = app.em();

    em.create(Limited, { small: stream('a.txt', '1234567890') });
    await em.flush();

    expect(await app.reclaim()).toEqual(['a.txt']);
  });

  it.each<[string, FieldFile]>([
    ['bytes', text('a.txt', '')],
    ['a stream', stream('a.txt', '')],
  ])('is refused when it has none: %s', async (_, small) => {
    const app = await createApp([Limited]);
    const em = app.em();
    em.create(Limited, { small });

    await expect(em.flush()).rejects.toMatchObject({
      code: 'FILE_VALIDATION',
      issues: [{ validator: 'allowEmpty' }],
    });
    expect(await app.reclaim()).toEqual([]);
  });

  it('may have no bytes where the field allows it', async () => {
    const app = await createApp([Limited]);
    const em = app.em();

    const row = em.create(Limited, { empty: stream('a.txt', '') });
    await em.flush();

    expect(row.empty).toMatchObject({ size: 0, isPending: false });
    expect(await row.empty!.text({ verify: true })).toBe('');
  });

  it('is refused without a filename, before anything is uploaded', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    em.create(Doc, { name: 'a', file: FieldFile.from('nameless') });
    em.create(Doc, { name: 'b', file: text('b.txt') });

    await expect(em.flush()).rejects.toThrow(
      'Cannot save Doc.file: the file has no filename, pass { filename } to FieldFile.from()',
    );
    expect(app.uploads()).toBe(0);
    expect(await app.journal()).toEqual([]);
  });

  it('does not keep the entity from being saved without it', async () => {
    const app = await createApp([Limited]);
    const em = app.em();
    const row = em.create(Limited, { small: text('a.txt', 'x'.repeat(11)) });
    await em.flush().catch(() => {});

    row.small = null;
    await em.persist(row).flush();

    expect(await app.sql('select small from limited')).toEqual([{ small: null }]);
    expect(await app.reclaim()).toEqual([]);
  });
});
