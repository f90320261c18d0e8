import { inspect } from 'node:util';
import { deserialize, serialize } from 'node:v8';

import {
  FieldFile,
  MemoryStorage,
  UnknownStorageError,
  UnsupportedOperationError,
  type FileRow,
} from '@filefield/core';
import { fileBinding, type FileContext } from '@filefield/core/binding';
import { describe, expect, it } from 'vitest';

import { storedFile } from './stored-file.ts';

const row = {
  storage: 'private',
  name: 'avatars/me_x1.png',
  filename: 'Me.png',
  size: 5,
  type: 'image/png',
  sha256: 'ab'.repeat(32),
  uploadedAt: '2026-02-28T12:00:00.000Z',
  metadata: { alt: 'Me', tags: ['a'] },
} satisfies FileRow;

const withoutStorages: FileContext = {
  storage(alias) {
    throw new UnknownStorageError(alias, []);
  },
};

function hydrated(facts: FileRow = row): FieldFile {
  const storage = new MemoryStorage();
  return fileBinding.hydrate(facts, { storage: () => storage });
}

describe('a stored file', () => {
  it('tells what its row keeps', () => {
    const { uploadedAt, ...facts } = row;

    const file = hydrated();

    expect(file).toMatchObject({ ...facts, isPending: false });
    expect(file.uploadedAt).toEqual(new Date(uploadedAt));
  });

  it('tells nothing that its row does not keep', () => {
    const file = hydrated({ storage: 'private', name: 'avatars/me.png' });

    const { size, type, sha256, uploadedAt, metadata } = file;
    expect({ size, type, sha256, uploadedAt, metadata }).toEqual({ metadata: {} });
  });

  it('is called by the last part of its name where its row has no filename', () => {
    expect(hydrated({ storage: 'private', name: 'avatars/me.png' }).filename).toBe('me.png');
  });

  it('is its name as text', () => {
    expect(String(hydrated())).toBe('avatars/me_x1.png');
  });

  it.each([
    ['the metadata', (file: FieldFile) => Object.assign(file.metadata, { alt: 'You' })],
    [
      'an array in the metadata',
      (file: FieldFile) => Object.assign(file.metadata['tags'] ?? [], ['b']),
    ],
    ['the row', (file: FieldFile) => Object.assign(file.toRow(), { name: 'other' })],
    [
      'the metadata of the row',
      (file: FieldFile) => Object.assign(file.toRow().metadata ?? {}, { alt: 'You' }),
    ],
    ['the date', (file: FieldFile) => file.uploadedAt?.setTime(0)],
    ['the JSON', (file: FieldFile) => Object.assign(file.toJSON(), { name: 'other' })],
  ])('does not change with what it answered: %s', (_, change) => {
    const file = hydrated(structuredClone(row));

    change(file);

    expect(file.toRow()).toEqual(row);
  });

  it('does not change with the metadata that it was made with', () => {
    const metadata = { alt: 'Me' };
    const file = FieldFile.from('hello', { metadata });

    metadata.alt = 'You';

    expect(file.metadata).toEqual({ alt: 'Me' });
  });

  it('has the metadata before the flush that it will have after it', () => {
    const metadata = { taken: new Date(0), none: undefined };

    const file = FieldFile.from('hello', { metadata });

    expect(file.metadata).toStrictEqual({ taken: '1970-01-01T00:00:00.000Z' });
  });

  it.each([
    ['a loop', (metadata: Record<string, unknown>) => (metadata['self'] = metadata)],
    ['a BigInt', (metadata: Record<string, unknown>) => (metadata['size'] = 1n)],
  ])('refuses metadata that JSON cannot carry: %s', (_, spoil) => {
    const metadata = {};
    spoil(metadata);

    expect(() => FieldFile.from('hello', { metadata })).toThrow(TypeError);
  });

  it('gives its row although its storage is not defined any more', () => {
    expect(fileBinding.hydrate(row, withoutStorages).toRow()).toEqual(row);
  });

  it('equals a file with the same object', () => {
    expect(hydrated().equals(hydrated({ ...row, filename: 'You.png' }))).toBe(true);
  });

  it.each([
    ['another name', hydrated({ ...row, name: 'avatars/you.png' })],
    ['another storage', hydrated({ ...row, storage: 'public' })],
    ['a pending copy', hydrated().copy()],
    ['null', null],
    ['undefined', undefined],
  ])('does not equal %s', (_, other) => {
    expect(hydrated().equals(other)).toBe(false);
  });

  it('is shared by copies of its entity', () => {
    const file = hydrated();

    expect(file.clone()).toBe(file);
  });

  it.each([
    ['structuredClone', (file: FieldFile): unknown => structuredClone(file)],
    ['v8.serialize', (file: FieldFile): unknown => deserialize(serialize(file))],
    ['Object.assign', (file: FieldFile): unknown => Object.assign({}, file)],
  ])('gives nothing away to %s, which cannot carry it', (_, clone) => {
    expect(clone(hydrated())).toStrictEqual({});
  });

  it('has a row that structuredClone and JSON carry', () => {
    const file = hydrated();

    expect(structuredClone(file.toRow())).toStrictEqual(row);
    expect(JSON.parse(JSON.stringify(file.toRow()))).toStrictEqual(row);
  });

  it.each([
    ['stored', hydrated(), '<FieldFile: avatars/me_x1.png>'],
    ['pending', FieldFile.from('', { filename: 'a.txt' }), '<FieldFile: pending a.txt>'],
    ['pending without filename', FieldFile.from(''), '<FieldFile: pending file>'],
    [
      'named to deceive',
      hydrated({ ...row, name: 'a\u001B[2J\u202E.txt' }),
      '<FieldFile: a<U+001B>[2J<U+202E>.txt>',
    ],
  ])('is shown by util.inspect: %s', (_, file, shown) => {
    expect(inspect(file)).toBe(shown);
    expect(inspect({ file })).toBe(`{ file: ${shown} }`);
  });
});

describe('the filename of a stored file', () => {
  it('can be changed without a copy', () => {
    const file = hydrated();

    const other = file.withFilename('../You & me.png');

    expect(other).toMatchObject({ isPending: false, filename: 'You & me.png', name: file.name });
    expect(other.toRow()).toEqual({ ...row, filename: 'You & me.png' });
    expect(file.filename).toBe('Me.png');
  });

  it('goes with an upload that waits for its row', () => {
    const staged = { id: '1', field: 'User.avatar', expiresAt: 0, row };
    const file = fileBinding.stage(staged, { storage: () => new MemoryStorage() });

    const other = file.withFilename('You.png');

    const renamed = { ...row, filename: 'You.png' };
    expect(fileBinding.staged(other)).toEqual({ ...staged, row: renamed });
    expect(fileBinding.staged(file)).toEqual(staged);
  });

  it('is told to browsers that download', async () => {
    const { file, storage } = await storedFile('hello', { row: { filename: 'Me.txt' } });
    const asked: unknown[] = [];
    storage.url = (name, options) => `/${asked.push([name, options?.download])}`;

    expect([file.url, file.getUrl({ download: true }), file.getUrl({ download: 'b.txt' })]).toEqual(
      ['/1', '/2', '/3'],
    );

    expect(asked).toEqual([
      ['avatars/me.txt', undefined],
      ['avatars/me.txt', 'Me.txt'],
      ['avatars/me.txt', 'b.txt'],
    ]);
  });
});

describe('the URL of a stored file', () => {
  it('is made by its storage', async () => {
    const { file } = await storedFile('hello', { storage: new MemoryStorage({ id: 'm' }) });

    expect(file.url).toBe('memory://m/avatars/me.txt');
    expect(file.getUrl()).toBe(file.url);
  });

  it('waits for the credentials of the storage when asked to', async () => {
    const { file, storage } = await storedFile('hello');
    storage.ready = async () => {
      storage.url = () => '/signed';
    };

    expect(await file.getUrlAsync()).toBe('/signed');
  });
});

describe('the JSON of a file', () => {
  it.each([
    ['a private storage', 'private', undefined, {}],
    ['a public storage', 'public', undefined, { url: 'memory://m/avatars/me.txt' }],
    [
      'a private storage whose field asks for it',
      'private',
      { url: true },
      { url: 'memory://m/avatars/me.txt' },
    ],
  ] as const)('carries the URL or not: %s', async (_, visibility, json, url) => {
    const storage = new MemoryStorage({ id: 'm', visibility });
    const { file } = await storedFile('hello', { storage, json });

    expect(JSON.parse(JSON.stringify({ file }))).toEqual({
      file: { name: 'avatars/me.txt', filename: 'me.txt', size: 5, type: 'text/plain', ...url },
    });
  });

  it('is there although the URL cannot be made', async () => {
    const { file, storage } = await storedFile('hello', { json: { url: true } });
    storage.url = () => {
      throw new UnsupportedOperationError('make a URL', 'default', 'the storage has none');
    };

    expect(file.toJSON()).toEqual({
      name: 'avatars/me.txt',
      filename: 'me.txt',
      size: 5,
      type: 'text/plain',
    });
  });

  it('is there although the storage is not defined any more', () => {
    expect(fileBinding.hydrate(row, withoutStorages).toJSON()).toMatchObject({ name: row.name });
  });

  it('of a pending file is what is known of it', () => {
    const file = FieldFile.from('hello', { filename: 'a.txt' });

    expect(JSON.stringify(file)).toBe('{"filename":"a.txt","size":5}');
  });
});
