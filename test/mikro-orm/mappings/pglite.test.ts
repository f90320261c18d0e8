import { defineStorages, MemoryStorage } from '@filefield/core';
import { fileFields } from '@filefield/mikro-orm';
import type { FileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/pglite';
import { afterAll, describe, expect, it } from 'vitest';
import { ownedFile } from './mapping.ts';
import { outcome, stem, stream, text } from '../support.ts';

const forms = [{ column: 'json' }, { column: 'name' }] as const;

function docOf(column: 'json' | 'name') {
  return defineEntity({
    name: 'Doc',
    properties: (p) => ({
      id: p.integer().primary(),
      title: p.string().nullable().unique(),
      file: ownedFile(column).nullable(),
    }),
  });
}

interface Lite {
  readonly orm: MikroORM;
  readonly files: FileFields;
  /** What is stored once all that is due has been reclaimed. */
  reclaim: () => Promise<string[]>;
}

async function openLite(entity: ReturnType<typeof docOf>): Promise<Lite> {
  const storage = new MemoryStorage();
  const files = fileFields({
    storages: defineStorages({ default: () => storage }),
    worker: 'manual',
    grace: '0ms',
  });
  const orm = await MikroORM.init({
    dbName: 'memory://',
    entities: [entity],
    extensions: [files as never],
  });
  afterAll(() => orm.close(true));
  await orm.schema.create();
  return {
    orm,
    files,
    async reclaim() {
      await orm.em
        .getConnection()
        .execute(`update file_journal set due_at = now() where state = 0 and due_at < 'infinity'`);
      await files.worker.drain();
      const names = await Array.fromAsync(storage.walk(), ({ name }) => name);
      return names
        .filter((name) => !name.startsWith('.filefield/'))
        .map(stem)
        .toSorted();
    },
  };
}

describe.each(forms)('PGlite (column: $column)', async ({ column }) => {
  const Doc = docOf(column);
  const { orm, files, reclaim } = await openLite(Doc);

  it('leaves nothing for schema:update', async () => {
    expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
  });

  it('keeps exactly the files that rows refer to', async () => {
    const em = orm.em.fork();
    const doc = em.create(Doc, { file: text('a.txt') });
    await em.flush();
    doc.file = doc.file!.renamed('b.txt');
    await em.flush();
    expect(await reclaim()).toEqual(['b.txt']);
    await files.field(doc, 'file').save('c.txt', 'c');
    expect(await reclaim()).toEqual(['c.txt']);
    await em.remove(doc).flush();

    expect(await reclaim()).toEqual([]);
  });

  it('keeps them through transactions and savepoints', async () => {
    const em = orm.em.fork();
    const doc = em.create(Doc, { file: text('a.txt') });
    await em.transactional(async (outer) => {
      await outer.flush();
      const inner = outer.transactional(async (savepoint) => {
        doc.file = text('b.txt');
        await savepoint.flush();
        throw new RangeError('no');
      });
      expect(await outcome(inner)).toBe('RangeError');
      doc.file = text('c.txt');
    });
    expect(await reclaim()).toEqual(['c.txt']);
    await orm.em.getConnection().execute('delete from doc');

    expect(await reclaim()).toEqual([]);
  });

  it('reclaims the upload of a flush that fails, or uses it again', async () => {
    const em = orm.em.fork();
    em.create(Doc, { title: 'taken' });
    await em.flush();
    const file = stream('a.txt');
    em.create(Doc, { title: 'taken', file });
    expect(await outcome(em.flush())).toBe('UniqueConstraintViolationException');
    expect(file.isPending).toBe(true);
    const again = orm.em.fork();
    again.create(Doc, { title: 'free', file });

    await again.flush();

    expect(await file.text()).toBe('a.txt');
    await orm.em.getConnection().execute('delete from doc');
    expect(await reclaim()).toEqual([]);
  });

  it('stages beside a transaction, and outside of any', async () => {
    const staged = await files.stage(Doc, 'file', text('s.txt'));
    await orm.em.fork().insertMany(Doc, [{ file: staged }]);
    expect(await reclaim()).toContain('s.txt');
    await orm.em.getConnection().execute('delete from doc');
    expect(await reclaim()).toEqual([]);
  });

  it('reclaims what an explicit transaction uploaded that is rolled back', async () => {
    const work = orm.em.fork().transactional(async (inner) => {
      inner.create(Doc, { file: text('left.txt') });
      await inner.flush();
      throw new RangeError('no');
    });

    expect(await outcome(work)).toBe('RangeError');

    expect(await reclaim()).toEqual([]);
  });

  it('uses an upload again that an explicit transaction rolled back, though its stream is read', async () => {
    const file = stream('again.txt');
    const work = orm.em.fork().transactional(async (inner) => {
      inner.create(Doc, { file });
      await inner.flush();
      throw new RangeError('no');
    });
    expect(await outcome(work)).toBe('RangeError');
    const em = orm.em.fork();
    const doc = em.create(Doc, { file });

    await em.flush();

    expect(await reclaim()).toEqual(['again.txt']);
    await em.remove(doc).flush();
    expect(await reclaim()).toEqual([]);
  });

  it('reclaims the uploads of a flush in a transaction, one of which failed', async () => {
    const work = orm.em.fork().transactional(async (inner) => {
      inner.create(Doc, { file: text('fine.txt') });
      inner.create(Doc, { file: text('empty.txt', '') });
      await inner.flush();
    });

    expect(await outcome(work)).toBe('FileValidationError');

    expect(await reclaim()).toEqual([]);
  });

  it('reclaims them too where only a savepoint was rolled back', async () => {
    await orm.em.fork().transactional(async (outer) => {
      const inner = outer.transactional(async (savepoint) => {
        savepoint.create(Doc, { file: text('fine.txt') });
        savepoint.create(Doc, { file: text('empty.txt', '') });
        await savepoint.flush();
      });
      expect(await outcome(inner)).toBe('FileValidationError');
    });

    expect(await reclaim()).toEqual([]);
  });
});
