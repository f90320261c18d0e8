import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  assertName,
  defineStorages,
  FieldFile,
  FileSystemStorage,
  InvalidNameError,
  MemoryStorage,
} from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity, type InferEntity } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  badNames,
  deviceNames,
  goodNames,
  hiddenNames,
  reservedNames,
} from '../support/object-names.ts';
import { text } from './support.ts';
import { createSharedApp } from './values/shared-app.ts';

const Doc = defineEntity({
  name: 'Doc',
  properties: (p) => ({
    id: p.integer().primary(),
    path: p.string().length(2000).nullable(),
    file: fileField({ uploadTo: 'docs/' }).nullable(),
    named: fileField({ column: 'name', onDelete: 'reclaim' }).nullable(),
    chosen: fileField({ uploadTo: (doc: { path: string }) => doc.path }).nullable(),
    later: fileField({ uploadTo: async (doc: { path: string }) => doc.path }).nullable(),
  }),
});
type Doc = InferEntity<typeof Doc>;

const hostile = [...badNames, ...hiddenNames, ...deviceNames, ...reservedNames].map(
  ([what, name]) => [what, name] as const,
);

/** A callable's result is put into NFC first, so that this is no reason to refuse it. */
const isNfc = ([, name]: readonly [string, string]): boolean => name.normalize('NFC') === name;

/** PostgreSQL keeps neither NUL nor half a surrogate pair. */
const isStorable = ([, name]: readonly [string, string]): boolean =>
  name.isWellFormed() && !name.includes('\0') && name.length <= 1100;

describe('what uploadTo returns', async () => {
  const storage = new MemoryStorage();
  const { orm, ...app } = await createSharedApp([Doc], {
    files: { storages: defineStorages({ default: () => storage }) },
  });

  describe.each<['chosen' | 'later', string]>([
    ['chosen', 'at once'],
    ['later', 'later'],
  ])('%s, %s,', (property) => {
    it.each(hostile.filter(isNfc))('may not be %s', async (_what, path) => {
      const em = orm.em.fork();
      // A column of the database could not keep some of them.
      em.create(Doc, { [property]: text('me.txt') }).path = path;

      await expect(em.flush()).rejects.toThrow(InvalidNameError);

      expect(await Array.fromAsync(storage.walk())).toEqual([]);
    });
  });

  it('left nothing in the database', async () => {
    expect(await app.sql('select id from doc')).toEqual([]);
    expect(await app.sql(`select name from file_journal where storage <> ''`)).toEqual([]);
  });

  it.each(goodNames.filter(([, name]) => name.length < 1000))('may be %s', async (_what, path) => {
    const em = orm.em.fork();
    const doc = em.create(Doc, { path, chosen: text('me.txt') });

    await em.flush();

    expect(dirname(doc.chosen?.name ?? '')).toBe(dirname(path));
    expect(() => assertName(doc.chosen?.name ?? '')).not.toThrow();
    expect(await doc.chosen?.text()).toBe('me.txt');
  });
});

describe('what a user calls a file', async () => {
  const storage = new MemoryStorage();
  const { orm } = await createSharedApp([Doc], {
    files: { storages: defineStorages({ default: () => storage }) },
  });

  it.each([...hostile, ...goodNames])(
    'never leads out of the directory of its field: %s',
    async (_what, filename) => {
      const em = orm.em.fork();

      const saved = (async () => {
        const doc = em.create(Doc, { file: FieldFile.from('x', { filename }) });
        await em.flush();
        return doc.file?.name ?? '';
      })();

      const name = await saved.catch((error: unknown) => String(error));
      expect(name).toMatch(/^docs\/[^/\\]+$|^InvalidNameError: .*it holds no filename$/u);
    },
  );
});

describe('a name out of the database', async () => {
  const root = await mkdtemp(join(tmpdir(), 'filefield-'));
  afterAll(() => rm(root, { recursive: true, force: true }));
  await writeFile(join(root, 'x'), 'a secret beside the storage');
  const storage = new FileSystemStorage({
    location: join(root, 'media'),
    baseUrl: '/m/',
    visibility: 'public',
  });
  const { orm, files, ...app } = await createSharedApp([Doc], {
    files: {
      storages: defineStorages({ default: () => storage }),
      grace: '0ms',
    },
  });
  const rows = hostile.filter(isStorable);
  const short = rows.filter(([, name]) => Buffer.byteLength(name) <= 255 && name !== '');

  beforeAll(async () => {
    await app.sql(
      `insert into doc (path, file) select name, jsonb_build_object('storage', 'default', 'name', name)
        from jsonb_array_elements_text(?) as r (name)`,
      [JSON.stringify(rows.map(([, name]) => name))],
    );
    await app.sql(
      `insert into doc (path, named) select name, name from jsonb_array_elements_text(?) as r (name)`,
      [JSON.stringify(short.map(([, name]) => name))],
    );
  });

  async function find(property: 'file' | 'named', name: string): Promise<FieldFile> {
    const doc = await orm.em.fork().findOneOrFail(Doc, { path: name, [property]: { $ne: null } });
    return doc[property]!;
  }

  it('that is hostile does not keep a page of rows from being shown', async () => {
    const docs = await orm.em.fork().find(Doc, {}, { orderBy: { id: 'asc' } });

    const shown: unknown = JSON.parse(JSON.stringify(docs));

    expect(shown).toHaveLength(rows.length + short.length);
    expect(docs.map(({ file, named }) => (file ?? named)?.name)).toEqual(
      [...rows, ...short].map(([, name]) => name),
    );
    expect(docs.flatMap(({ file, named }) => (file ?? named)?.filename ?? [])).toHaveLength(
      docs.length,
    );
  });

  describe.each<['file' | 'named', typeof rows]>([
    ['file', rows],
    ['named', short],
  ])('in the column "%s"', (property, names) => {
    it.each(names)('reaches nothing outside: %s', async (_what, name) => {
      const file = await find(property, name);

      const answers = await Promise.allSettled([
        file.bytes(),
        file.stat(),
        file.saveTo(join(root, 'copied')),
        storage.delete(name),
        storage.reclaim([name]),
      ]);

      const codes = answers
        .slice(0, 3)
        .map((answer) => (answer.status === 'rejected' ? answer.reason.code : 'done'));
      expect(new Set(codes)).toEqual(new Set([codes[0]]));
      expect(codes[0]).toMatch(/^(INVALID_NAME|FILE_NOT_FOUND)$/);
      expect(await readdir(root)).toEqual(['media', 'x']);
    });

    it.each(names.filter(([what]) => !reservedNames.some(([other]) => other === what)))(
      'has no URL: %s',
      async (_what, name) => {
        const file = await find(property, name);

        expect(() => file.url).toThrow(InvalidNameError);
        expect(file.toJSON().url).toBeUndefined();
      },
    );

    it.each(names)('is not copied: %s', async (_what, name) => {
      const em = orm.em.fork();
      const file = await find(property, name);

      const copied = (async () => {
        em.create(Doc, { file: file.copy() });
        await em.flush();
      })();

      await expect(copied).rejects.toMatchObject({
        code: expect.stringMatching(/^(INVALID_NAME|FILE_NOT_FOUND)$/),
      });
    });
  });

  it('is let go of with its row, and keeps no other from being reclaimed', async () => {
    const em = orm.em.fork();
    await storage.save('docs/good.txt', 'good');
    await app.sql(
      `insert into doc (path, file) values ('good', '{"storage": "default", "name": "docs/good.txt"}')`,
    );

    await em.nativeDelete(Doc, {});
    const report = await files.worker.drain();
    const told = await app.sql(
      `select name from file_journal where state < 2 and last_error like '%as a file name%'`,
    );

    expect(await storage.exists('docs/good.txt')).toBe(false);
    expect(told).toHaveLength(report.failed);
    expect(report.failed).toBeGreaterThan(100);
    expect(await readFile(join(root, 'x'), 'utf8')).toBe('a secret beside the storage');
  });
});
