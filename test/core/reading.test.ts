import { createHash } from 'node:crypto';

import { IntegrityError, type FileRow } from '@filefield/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  assertVerifiable,
  collect,
  rechunk,
  splitLines,
  verified,
} from '../../packages/core/src/reading.ts';

const bytes = Uint8Array.from({ length: 10 }, (_, index) => index);
const pieces = fc.array(fc.uint8Array({ maxLength: 20 }));

async function* chunked(all: Uint8Array, ...sizes: number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const size of [...sizes, all.byteLength]) {
    yield all.subarray(start, start + size);
    start += size;
  }
}

async function linesOf(text: string, ...sizes: number[]): Promise<string[]> {
  return Array.fromAsync(splitLines(chunked(Buffer.from(text), ...sizes)));
}

/** A source that tells when whoever reads it stops. */
function watched(): { source: AsyncGenerator<Uint8Array>; state: { closed: boolean } } {
  const state = { closed: false };
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.from('abc\n');
    } finally {
      state.closed = true;
    }
  }
  return { source: source(), state };
}

describe('chunks', () => {
  it.each([
    [1, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
    [3, [3, 3, 3, 1]],
    [5, [5, 5]],
    [9, [9, 1]],
    [10, [10]],
    [11, [10]],
    [2 ** 40, [10]],
  ])('have exactly the size asked for, the last one what is left: %i', async (size, sizes) => {
    const chunks = await Array.fromAsync(rechunk(chunked(bytes, 4, 0, 3), size));

    expect(chunks.map((chunk) => chunk.byteLength)).toEqual(sizes);
    expect(new Uint8Array(Buffer.concat(chunks))).toEqual(bytes);
  });

  it('are none of a file without bytes', async () => {
    expect(await Array.fromAsync(rechunk(chunked(new Uint8Array()), 3))).toEqual([]);
  });

  it('are the bytes in any division', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 30 }), async (parts, size) => {
        const all = Buffer.concat(parts);
        const sizes = parts.map((part) => part.byteLength);

        const chunks = await Array.fromAsync(rechunk(chunked(all, ...sizes), size));

        expect(Buffer.concat(chunks)).toEqual(all);
        expect(chunks.slice(0, -1).every((chunk) => chunk.byteLength === size)).toBe(true);
      }),
    );
  });

  it('do not share memory with the source, which may use it again', async () => {
    const reused = new Uint8Array([1, 2, 3, 4]);

    const [chunk] = await Array.fromAsync(rechunk(chunked(reused), 4));
    reused.fill(0);

    expect(chunk).toEqual(new Uint8Array([1, 2, 3, 4]));
  });

  it.each([[0], [-1], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY]])(
    'cannot have the size %d',
    async (size) => {
      await expect(rechunk(chunked(bytes), size).next()).rejects.toThrow(
        new RangeError(`Cannot read chunks of ${size} bytes: the size is a positive integer`),
      );
    },
  );

  it('close the source when their reader stops', async () => {
    const { source, state } = watched();
    const chunks = rechunk(source, 3);
    await chunks.next();

    await chunks.return(undefined);

    expect(state.closed).toBe(true);
  });
});

describe('lines', () => {
  it.each([
    ['\\n', 'a\nb\n', ['a', 'b']],
    ['\\r\\n', 'a\r\nb\r\n', ['a', 'b']],
    ['\\r', 'a\rb\r', ['a', 'b']],
    ['each in turn', 'a\nb\r\nc\rd', ['a', 'b', 'c', 'd']],
    ['\\n\\r, which is two ends', 'a\n\rb', ['a', '', 'b']],
    ['\\r\\r\\n, which is two ends', 'a\r\r\nb', ['a', '', 'b']],
  ])('end at %s', async (_, text, lines) => {
    expect(await linesOf(text)).toEqual(lines);
  });

  it.each([
    ['none in an empty file', '', []],
    ['one in a file without an end of line', 'a', ['a']],
    ['an empty one before an end', '\n', ['']],
    ['empty ones between ends', 'a\n\n\nb', ['a', '', '', 'b']],
    ['an empty one before a lone \\r', '\r', ['']],
    ['only those of these three ends', 'a\u2028b\u0085c\vd\fe', ['a\u2028b\u0085c\vd\fe']],
    ['without the byte order mark', '\uFEFFa\nb', ['a', 'b']],
  ])('are %s', async (_, text, lines) => {
    expect(await linesOf(text)).toEqual(lines);
  });

  it.each([
    ['a \\r\\n', 'a\r\nb', [2], ['a', 'b']],
    ['a \\r\\n, with nothing between', 'a\r\nb', [2, 0, 0], ['a', 'b']],
    ['behind a \\r', 'a\rb', [2], ['a', 'b']],
    ['between two \\r', 'a\r\rb', [2], ['a', '', 'b']],
    ['a character of two bytes', 'é\né', [1, 2, 1], ['é', 'é']],
    ['a character of three bytes', '€\n', [1, 1, 1], ['€']],
    ['a character of four bytes', '🙂\r\n🙂', [1, 1, 1, 1, 1, 1, 1, 1, 1], ['🙂', '🙂']],
    ['a byte order mark', '\uFEFFa', [1, 1], ['a']],
  ])('are whole where a chunk cuts %s', async (_, text, sizes, lines) => {
    expect(await linesOf(text, ...sizes)).toEqual(lines);
  });

  it('are those of the text in any division', async () => {
    const text = fc.string({ unit: fc.constantFrom('\r', '\n', 'a', 'é', '🙂', '\u2028') });
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat({ max: 3 })), async (all, sizes) => {
        const expected = all.split(/\r\n|\n|\r/);
        const end = expected.at(-1) === '' ? -1 : expected.length;

        expect(await linesOf(all, ...sizes)).toEqual(expected.slice(0, end));
      }),
    );
  });

  it.each([
    ['in the middle', [0x61, 0xff, 0x62], 'a\uFFFDb'],
    ['cut off at the end', [0x61, 0xe2, 0x82], 'a\uFFFD'],
    ['cut off behind an end of line', [0x61, 0x0d, 0xc3], 'a|\uFFFD'],
  ])('show what is no UTF-8 as replacement characters: %s', async (_, codes, text) => {
    const lines = await Array.fromAsync(splitLines(chunked(new Uint8Array(codes))));

    expect(lines.join('|')).toBe(text);
  });

  it('may be longer than any chunk', async () => {
    const long = 'x'.repeat(300_000);

    expect(await linesOf(`${long}\n${long}`, 65_536, 65_536, 65_536)).toEqual([long, long]);
  });

  it('close the source when their reader stops', async () => {
    const { source, state } = watched();
    const lines = splitLines(source);
    await lines.next();

    await lines.return(undefined);

    expect(state.closed).toBe(true);
  });
});

describe('bytes read to the end', () => {
  it('are one array', async () => {
    expect(await collect(chunked(bytes, 3, 0, 3))).toEqual(bytes);
    expect(await collect(chunked(new Uint8Array()))).toEqual(new Uint8Array());
  });
});

describe('verified bytes', () => {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const row: FileRow = { storage: 'default', name: 'a.bin', sha256 };

  it('are given as they are', async () => {
    expect(await collect(verified(chunked(bytes, 3), row))).toEqual(bytes);
  });

  it('end in an error when they are not those of the row', async () => {
    const changed = bytes.with(9, 0);
    const received = createHash('sha256').update(changed).digest('hex');

    await expect(collect(verified(chunked(changed), row))).rejects.toThrow(
      expect.objectContaining({
        code: 'INTEGRITY',
        message: `Cannot verify "a.bin" in storage "default": found ${received}, recorded is ${sha256}`,
        object: 'a.bin',
        expected: sha256,
        received,
      }),
    );
  });

  it('need a checksum in the row', () => {
    expect(() => assertVerifiable({ storage: 'default', name: 'a.bin' }, {})).toThrow(
      new IntegrityError('verify', { storage: 'default', name: 'a.bin' }, { expected: undefined }),
    );
  });

  it.each([[{ start: 1 }], [{ end: 10 }], [{ start: 0, end: 5 }]])(
    'are all of the file, not the range %o',
    (range) => {
      expect(() => assertVerifiable(row, range)).toThrow(
        new TypeError(
          'Cannot verify a part of a file: its checksum is of the whole, leave out start and end',
        ),
      );
    },
  );

  it('may begin at 0', () => {
    expect(() => assertVerifiable(row, { start: 0 })).not.toThrow();
  });
});
