import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { describe, expect, it } from 'vitest';

import type { FileSource } from '@filefield/core';
import {
  fileSource,
  isRereadable,
  openSource,
  pathSource,
  readSource,
  sourceFacts,
} from '../../packages/core/src/source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const bytes = new TextEncoder().encode('0123456789');

async function* iterable(): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const rereadable: [kind: string, create: () => FileSource][] = [
  ['a string', () => '0123456789'],
  ['bytes', () => bytes],
  ['a Buffer', () => Buffer.from(bytes)],
  ['an ArrayBuffer', () => bytes.slice().buffer],
  ['a Blob', () => new Blob([bytes])],
  ['a File', () => new File([bytes], 'a.txt')],
  ['a function', () => () => iterable()],
  ['a function of a function', () => () => () => bytes],
];
const readOnce: [kind: string, create: () => FileSource][] = [
  ['a web stream', () => new Blob([bytes]).stream()],
  ['a Node stream', () => Readable.from([Buffer.from(bytes)])],
  ['a Node stream of text', () => Readable.from(['01234', '56789'])],
  ['a generator', () => iterable()],
];

async function textOf(source: FileSource, range = {}): Promise<string> {
  return Buffer.concat(await Array.fromAsync(readSource(source, range))).toString();
}

describe('a source', () => {
  it.each([...rereadable, ...readOnce])('gives its bytes: %s', async (_kind, create) => {
    expect(await textOf(create())).toBe('0123456789');
  });

  it.each(rereadable)('can be read again: %s', async (_kind, create) => {
    const source = create();

    expect(isRereadable(source)).toBe(true);
    expect(await textOf(source)).toBe('0123456789');
    expect(await textOf(source)).toBe('0123456789');
  });

  it.each(readOnce)('says that it cannot be read again: %s', async (_kind, create) => {
    const source = create();
    await textOf(source);

    expect(isRereadable(source)).toBe(false);
    await expect(textOf(source)).rejects.toThrow('pass a function that opens it anew');
  });

  it.each([...rereadable, ...readOnce])('gives a part of its bytes: %s', async (_kind, create) => {
    expect(await textOf(create(), { start: 2, end: 5 })).toBe('234');
  });

  it('is refused when somebody else has read of the stream', async () => {
    const stream = new Blob([bytes]).stream();
    const reader = stream.getReader();
    await reader.read();
    reader.releaseLock();

    expect(() => openSource(stream)).toThrow('Cannot read the source again');
  });

  it('is refused when its buffer was transferred away', () => {
    const view = new Uint8Array(10);
    structuredClone(view, { transfer: [view.buffer] });

    expect(() => openSource(view)).toThrow('its buffer was transferred away');
  });

  it.each([
    ['a plain object', { path: '/etc/passwd' }],
    ['null', null],
    ['a number', 7],
    ['an array', [1, 2]],
  ])('is refused when it is %s', (_kind, value) => {
    expect(() => Reflect.apply(fileSource, undefined, [value])).toThrow('FieldFile.fromPath()');
  });

  it('is refused when its chunks are no bytes', async () => {
    await expect(textOf(Readable.from([{ not: 'bytes' }]))).rejects.toThrow('it gave a object');
  });

  it('is refused when a Node stream decodes its bytes to hexadecimal digits', () => {
    const stream = Readable.from([Buffer.from('a')]).setEncoding('hex');

    expect(() => openSource(stream)).toThrow('its encoding is "hex"');
  });

  it('fails when a Node stream is destroyed before its end', async () => {
    const stream = new Readable({
      read() {
        this.push('some');
        this.destroy();
      },
    });

    await expect(textOf(stream)).rejects.toThrow('Premature close');
  });

  it('destroys a Node stream whose reader stops early', async () => {
    const stream = Readable.from([Buffer.from('a'), Buffer.from('b')]);
    const reader = openSource(stream);
    await reader.next();

    await reader.close();

    expect(stream.destroyed).toBe(true);
  });

  it('cancels a web stream whose reader stops early', async () => {
    const reasons: unknown[] = [];
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes),
      cancel: (reason) => void reasons.push(reason),
    });
    const reader = openSource(stream);
    await reader.next();

    await reader.close();

    expect(reasons).toHaveLength(1);
  });
});

describe('what is known of a source before it is read', () => {
  it.each([
    ['a string, in bytes', 'é', { size: 2 }],
    ['bytes', bytes, { size: 10 }],
    ['a Blob', new Blob([bytes]), { size: 10 }],
    [
      'a File',
      new File(['a'], 'me.png', { type: 'image/png' }),
      { size: 1, filename: 'me.png', type: 'image/png' },
    ],
    ['a stream', Readable.from([]), {}],
    ['a function', () => bytes, {}],
  ])('%s', (_kind, source, facts) => {
    expect(sourceFacts(source)).toEqual(facts);
  });

  it('a path', async () => {
    const path = join(await temporaryDirectory(), 'photo.jpg');
    await writeFile(path, bytes);

    expect(sourceFacts(pathSource(path))).toEqual({ size: 10, filename: 'photo.jpg' });
  });
});

describe('a path as a source', () => {
  it('can be read again', async () => {
    const path = join(await temporaryDirectory(), 'photo.jpg');
    await writeFile(path, bytes);
    const source = pathSource(path, { move: true });

    expect(isRereadable(source)).toBe(true);
    expect([await textOf(source), await textOf(source)]).toEqual(['0123456789', '0123456789']);
  });

  it('does not tell where a missing file lies', async () => {
    const directory = await temporaryDirectory();

    const reading = textOf(pathSource(join(directory, 'none.jpg')));

    await expect(reading).rejects.toThrow(
      'Cannot read "none.jpg": no such file or directory (ENOENT)',
    );
    await expect(reading).rejects.toMatchObject({
      code: 'ENOENT',
      cause: { message: 'no such file or directory (ENOENT), open' },
    });
  });
});
