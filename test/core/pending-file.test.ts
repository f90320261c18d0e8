import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';

import { FieldFile, InvalidNameError, PendingFileError } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';
import { describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../support/temporary-directory.ts';
import { storedFile } from './stored-file.ts';

const bytes = new TextEncoder().encode('hello');

async function* iterable(): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, 2);
  yield bytes.subarray(2);
}

async function textPath(): Promise<string> {
  const path = join(await temporaryDirectory(), 'a.txt');
  await writeFile(path, 'hello');
  return path;
}

describe('a pending file', () => {
  it.each([
    ['bytes', () => bytes, 5],
    ['a Buffer', () => Buffer.from(bytes), 5],
    ['an ArrayBuffer', () => bytes.slice().buffer, 5],
    ['a string', () => 'hello', 5],
    ['a Blob', () => new Blob([bytes]), 5],
    ['a web stream', () => new Blob([bytes]).stream(), undefined],
    ['a Node stream', () => Readable.from([Buffer.from(bytes)]), undefined],
    ['an async iterable', () => iterable(), undefined],
    ['a function', () => () => iterable(), undefined],
  ])('is made of %s', async (_, create, size) => {
    const file = FieldFile.from(create(), { filename: 'a.txt' });

    expect(file).toMatchObject({ isPending: true, filename: 'a.txt', size });
    expect(await file.text()).toBe('hello');
  });

  it.each([
    ['a path', (path: string) => path],
    ['a file URL', (path: string) => pathToFileURL(path)],
  ])('is made of a file of this machine by %s', async (_, from) => {
    const file = FieldFile.fromPath(from(await textPath()));

    expect(file).toMatchObject({ isPending: true, filename: 'a.txt', size: 5 });
    expect(await file.text()).toBe('hello');
  });

  it('takes filename and type from a File', () => {
    const file = FieldFile.from(new File([bytes], 'me.png', { type: 'image/png' }));

    expect(file).toMatchObject({ filename: 'me.png', type: 'image/png', size: 5 });
  });

  it('prefers what its maker says of a File', () => {
    const options = { filename: 'you.jpg', type: 'image/jpeg' };

    const file = FieldFile.from(new File([bytes], 'me.png', { type: 'image/png' }), options);

    expect(file).toMatchObject(options);
  });

  it('has no filename when the File of an empty input has none', () => {
    expect(FieldFile.from(new File([], '')).filename).toBeUndefined();
  });

  it('has no facts of a stored one', () => {
    const file = FieldFile.from('hello', { filename: 'a.txt' });

    const { name, storage, sha256, uploadedAt, type } = file;
    expect({ name, storage, sha256, uploadedAt, type }).toEqual({});
    expect(String(file)).toBe('');
  });

  it.each([
    ['the last part of a path', 'C:\\fakepath\\me.png', 'me.png'],
    ['what is seen', 'a\u202Egpj.exe', 'agpj.exe'],
  ])('is called by %s', (_, filename, clean) => {
    expect(FieldFile.from('', { filename }).filename).toBe(clean);
  });

  it('refuses a filename of which nothing may be kept', () => {
    expect(() => FieldFile.from('', { filename: '..' })).toThrow(InvalidNameError);
  });

  it('is not read before it is asked for its bytes', () => {
    const source = Readable.from([bytes]);

    const file = FieldFile.from(source, { filename: 'a.txt' });

    expect([file.size, file.type, JSON.stringify(file), Readable.isDisturbed(source)]).toEqual([
      undefined,
      undefined,
      '{"filename":"a.txt"}',
      false,
    ]);
  });

  it('gives the bytes of a stream once and says what to pass instead', async () => {
    const file = FieldFile.from(Readable.from([bytes]));
    await file.bytes();

    await expect(file.bytes()).rejects.toThrow(/pass a function that opens it anew$/);
  });

  it('gives a range of its bytes', async () => {
    expect(await FieldFile.from(iterable).text({ start: 1, end: 4 })).toBe('ell');
  });

  it.each([[{ start: -1 }], [{ end: 1.5 }], [{ start: NaN }]])(
    'refuses the range %o',
    async (range) => {
      await expect(FieldFile.from('hello').text(range)).rejects.toThrow(RangeError);
    },
  );

  it('stops reading when it is aborted, even a source that hangs', async () => {
    const controller = new AbortController();
    const file = FieldFile.from(new ReadableStream({ pull: () => new Promise(() => undefined) }));
    const reading = file.bytes({ signal: controller.signal });

    controller.abort(new Error('enough'));

    await expect(reading).rejects.toThrow('enough');
  });

  it('gives nothing more when it is aborted between two chunks', async () => {
    const controller = new AbortController();
    const chunks = FieldFile.from(iterable).chunks(1, { signal: controller.signal });
    const reading = chunks[Symbol.asyncIterator]();
    await reading.next();
    await reading.next();

    controller.abort(new Error('enough'));

    await expect(reading.next()).rejects.toThrow('enough');
  });

  it('does not touch its source when it is aborted already', async () => {
    const source = Readable.from([bytes]);
    const signal = AbortSignal.abort(new Error('enough'));

    await expect(FieldFile.from(source).bytes({ signal })).rejects.toThrow('enough');

    expect(Readable.isDisturbed(source)).toBe(false);
  });

  it.each([
    ['url', 'make a URL of', (file: FieldFile) => file.url],
    ['getUrl()', 'make a URL of', (file: FieldFile) => file.getUrl()],
    ['getUrlAsync()', 'make a URL of', (file: FieldFile) => file.getUrlAsync()],
    ['stat()', 'stat', (file: FieldFile) => file.stat()],
    ['exists()', 'look for', (file: FieldFile) => file.exists()],
    ['toRow()', 'write the row of', (file: FieldFile) => file.toRow()],
    ['verified bytes', 'verify', (file: FieldFile) => file.bytes({ verify: true })],
  ])('has no %s', async (_, action, ask) => {
    const file = FieldFile.from('hello', { filename: 'a.txt' });

    const asking = (async () => ask(file))();

    await expect(asking).rejects.toThrow(PendingFileError);
    await expect(asking).rejects.toThrow(
      `Cannot ${action} "a.txt": the file is pending, flush it or files.stage() it first`,
    );
  });

  it.each([
    ['a plain object', { path: '/etc/passwd' }],
    ['a row', { storage: 'default', name: 'a.txt' }],
    ['a structured clone', structuredClone(FieldFile.from('hello'))],
    ['a number', 7],
    ['null', null],
    ['nothing', undefined],
    ['an array of numbers', [1, 2]],
    ['another FieldFile', FieldFile.from('hello')],
  ])('is not made of %s', (_, source) => {
    // @ts-expect-error whatever a request's body holds, it is no source
    const from = (): FieldFile => FieldFile.from(source);

    expect(from).toThrow(TypeError);
    expect(from).toThrow(/FieldFile\.fromPath\(\).+FieldFile\.fromMulter\(\)/);
  });

  it('is not made of the path in an object', () => {
    // @ts-expect-error an object is no path
    expect(() => FieldFile.fromPath({ path: '/etc/passwd' })).toThrow(TypeError);
  });

  it('of a missing path fails when it is read, without the path of its directory', async () => {
    const directory = await temporaryDirectory();
    const file = FieldFile.fromPath(join(directory, 'gone.txt'));

    const failure = await file.bytes().catch((error: unknown) => String(error));

    expect(file.size).toBeUndefined();
    expect(failure).toBe('Error: Cannot read "gone.txt": no such file or directory (ENOENT)');
  });

  it('of a path that no system has is shown without a failure', () => {
    const file = FieldFile.fromPath('/srv/a\0b.txt');

    expect(JSON.stringify(file)).toBe('{"filename":"ab.txt"}');
  });

  it('becomes another pending file under another filename', () => {
    const file = FieldFile.from('hello', { filename: 'a.txt', type: 'text/plain' });

    const other = file.renamed('b.txt');

    expect(other).toMatchObject({
      isPending: true,
      filename: 'b.txt',
      type: 'text/plain',
      size: 5,
    });
    expect(file.filename).toBe('a.txt');
    expect(other.equals(file)).toBe(false);
  });

  it.each([
    ['copied', (file: FieldFile) => file.copy()],
    ['renamed', (file: FieldFile) => file.renamed('b.txt')],
    ['called differently', (file: FieldFile) => file.withFilename('b.txt')],
  ])('is another value with the same source when it is %s', async (_, derive) => {
    const file = FieldFile.from('hello', { filename: 'a.txt', metadata: { alt: 'Me' } });

    const other = derive(file);

    expect(fileBinding.pending(other)?.id).not.toBe(fileBinding.pending(file)?.id);
    expect(other.metadata).toEqual({ alt: 'Me' });
    expect(await other.text()).toBe('hello');
  });

  it('equals only itself', () => {
    const file = FieldFile.from('hello', { filename: 'a.txt' });

    expect(file.equals(file)).toBe(true);
    expect(file.equals(FieldFile.from('hello', { filename: 'a.txt' }))).toBe(false);
    expect(file.equals(null)).toBe(false);
  });
});

describe('a file that refers to an existing object', () => {
  it('is pending until a flush has found the object', async () => {
    const file = FieldFile.stored({ storage: 'default', name: 'shared/logo.png' });

    expect(file).toMatchObject({ isPending: true, filename: 'logo.png' });
    await expect(file.bytes()).rejects.toThrow(
      'Cannot read "logo.png": the file is pending, flush it or files.stage() it first',
    );
  });

  it('is not owned by the row', () => {
    const file = FieldFile.stored({ storage: 'default', name: 'shared/logo.png' });

    expect(fileBinding.pending(file)?.origin).toEqual({
      kind: 'reference',
      row: { storage: 'default', name: 'shared/logo.png', owned: false },
    });
  });

  it('keeps the filename, type and metadata that it is given', () => {
    const told = { filename: 'Logo.png', type: 'image/png', metadata: { alt: 'Logo' } };

    const file = FieldFile.stored({ storage: 'default', name: 'shared/logo.png', ...told });

    expect(file).toMatchObject(told);
  });

  it.each([['../etc/passwd'], ['/etc/passwd'], ['.filefield/owner'], [''], [7 as never]])(
    'refuses the name %j at once',
    (name) => {
      expect(() => FieldFile.stored({ storage: 'default', name })).toThrow(InvalidNameError);
    },
  );
});

describe('a pending copy of a stored file', () => {
  it.each([
    ['copied', 'copy', (file: FieldFile) => file.copy()],
    ['renamed', 'rename', (file: FieldFile) => file.renamed('you.txt')],
    ['copied after a copy', 'copy', (file: FieldFile) => file.copy().copy()],
    ['renamed twice', 'rename', (file: FieldFile) => file.renamed('a.txt').renamed('b.txt')],
    [
      'renamed, then called differently',
      'rename',
      (file: FieldFile) => file.renamed('a.txt').withFilename('b.txt'),
    ],
    ['renamed, then copied', 'copy', (file: FieldFile) => file.renamed('a.txt').copy()],
    ['copied, then renamed', 'copy', (file: FieldFile) => file.copy().renamed('a.txt')],
  ])('knows what the flush has to do: %s', async (_, kind, derive) => {
    const { file, row } = await storedFile('hello');

    const origin = fileBinding.pending(derive(file))?.origin;

    expect(origin).toMatchObject({ kind, row });
  });

  it('gives the bytes, size and type of the original', async () => {
    const { file } = await storedFile('hello');

    const copy = file.copy();

    expect(copy).toMatchObject({ isPending: true, size: 5, type: 'text/plain' });
    expect(await copy.text({ verify: true })).toBe('hello');
  });

  it('has no metadata where the original has none', async () => {
    const { file } = await storedFile('hello');

    expect(fileBinding.pending(file.copy())?.metadata).toBeUndefined();
  });
});
