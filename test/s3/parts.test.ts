import { describe, expect, it } from 'vitest';
import { PartReader } from '../../packages/s3/src/part-reader.ts';
import { partSizes } from '../../packages/s3/src/part-sizes.ts';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;
const tebibyte = 1024 ** 4;

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  const memory = Buffer.alloc(64);
  // The same memory each time, as some sources do it.
  for (const text of texts) yield memory.subarray(0, memory.write(text));
}

describe('the parts of an upload', () => {
  it.each([
    ['one of 100 MiB', 100 * mebibyte, 8 * mebibyte],
    ['one that just fits', 10_000 * 8 * mebibyte, 8 * mebibyte],
    ['one of 5 TiB', 5 * tebibyte, Math.ceil((5 * tebibyte) / 10_000)],
  ])('of known size are all the same, and suffice for %s', (_what, size, part) => {
    const sizeOf = partSizes(size, 8 * mebibyte, 10_000);

    expect([sizeOf(1), sizeOf(2), sizeOf(10_000)]).toEqual([part, part, part]);
    expect(part * 10_000).toBeGreaterThanOrEqual(size);
  });

  it('of unknown size are small at first, and suffice for 5 TiB', () => {
    const sizeOf = partSizes(undefined, 8 * mebibyte, 10_000);
    const sizes = Array.from({ length: 10_000 }, (_, index) => sizeOf(index + 1));

    expect([sizeOf(1), sizeOf(1000), sizeOf(1001)]).toEqual(
      [8, 8, 16].map((mib) => mib * mebibyte),
    );
    expect(sizes.reduce((sum, size) => sum + size)).toBeGreaterThan(5 * tebibyte);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5 * gibibyte);
  });
});

describe('cutting bytes into parts', () => {
  it('gives whole parts and the rest, whatever the chunks are', async () => {
    const reader = new PartReader(chunks('abc', 'defgh', 'ij'));

    const parts = [await reader.read(4), await reader.read(4)].map(String);

    expect(reader.isEnded).toBe(false);
    expect([...parts, String(await reader.read(4))]).toEqual(['abcd', 'efgh', 'ij']);
    expect(reader.isEnded).toBe(true);
  });

  it('knows the end when the last part is full', async () => {
    const reader = new PartReader(chunks('abcd', 'efgh'));

    await reader.read(4);
    await reader.read(4);

    expect(reader.isEnded).toBe(true);
  });

  it('gives one empty part of nothing', async () => {
    const reader = new PartReader(chunks());

    expect(await reader.read(4)).toHaveLength(0);
    expect(reader.isEnded).toBe(true);
  });

  it('keeps memory that is not given back', async () => {
    const reader = new PartReader(chunks('abcd', 'efgh', 'ijkl'));

    const first = await reader.read(4);
    reader.recycle(await reader.read(4));
    const third = await reader.read(4);

    expect([first, third].map(String)).toEqual(['abcd', 'ijkl']);
  });
});
