import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FileExistsError, InvalidNameError } from '../../packages/core/src/errors.ts';
import { assertName } from '../../packages/core/src/file-name.ts';
import { alternativeName, availableName } from '../../packages/core/src/free-name.ts';

describe('a free name', () => {
  it('is the name itself when that is free', async () => {
    expect(await availableName('a/b.txt', { isFree: async () => true })).toBe('a/b.txt');
  });

  it.each([
    ['before the extension', 'a/b.txt', /^a\/b_[a-zA-Z0-9]{7}\.txt$/],
    ['at the end where there is no extension', 'a/b', /^a\/b_[a-zA-Z0-9]{7}$/],
    ['before two extensions', 'b.tar.gz', /^b_[a-zA-Z0-9]{7}\.tar\.gz$/],
    ['before the last extension only', 'Mr. Smith.pdf', /^Mr\. Smith_[a-zA-Z0-9]{7}\.pdf$/],
    ['after a dot-file', '.gitignore', /^\.gitignore_[a-zA-Z0-9]{7}$/],
    ['in the last component', 'a.b/c', /^a\.b\/c_[a-zA-Z0-9]{7}$/],
    ['after a root that ends in a dot', 'a..gz', /^a\._[a-zA-Z0-9]{7}\.gz$/],
  ])('has a random suffix %s when the name is taken', async (_, name, expected) => {
    const free = await availableName(name, { isFree: async (candidate) => candidate !== name });

    expect(free).toMatch(expected);
  });

  it('is asked for until one is free', async () => {
    const asked: string[] = [];
    const isFree = async (name: string): Promise<boolean> => asked.push(name) === 4;

    const free = await availableName('a.txt', { isFree });

    expect(asked[3]).toBe(free);
    expect(new Set(asked).size).toBe(4);
  });

  it.each([
    ['fits exactly', 'parent/child.txt', 16, 'parent/child.txt'],
    ['counts code points, as the column does', '🙂🙂.txt', 6, '🙂🙂.txt'],
  ])('is the name itself when it %s', async (_, name, maxLength, expected) => {
    expect(await availableName(name, { maxLength, isFree: async () => true })).toBe(expected);
  });

  it.each([
    ['the root is cut', 'parent/child_of_many.txt', 22, /^parent\/chi_\w{7}\.txt$/],
    ['two extensions stay whole', 'parent/child.tar.gz', 23, /^parent\/c_\w{7}\.tar\.gz$/],
    ['one letter of the root is enough', 'parent/child.txt', 20, /^parent\/c_\w{7}\.txt$/],
    ['directories count in code points', '🙂🙂/abcdef.txt', 17, /^🙂🙂\/ab_\w{7}\.txt$/],
    ['an emoji is not cut in two', '🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂.txt', 13, /^🙂_\w{7}\.txt$/],
  ])('fits into maxLength: %s', async (_, name, maxLength, expected) => {
    const free = await availableName(name, {
      maxLength,
      isFree: async (candidate) => candidate !== name,
    });

    expect(free).toMatch(expected);
  });

  it('is cut even when the long name would be free', async () => {
    const free = await availableName('abcdefghijklmnop.txt', {
      maxLength: 15,
      isFree: async () => true,
    });

    expect(free).toMatch(/^abc_\w{7}\.txt$/);
  });

  it('takes at most 255 bytes in its last component', async () => {
    const name = `${'é'.repeat(125)}.txt`;

    const free = await availableName(name, { isFree: async (candidate) => candidate !== name });

    expect(free).toMatch(/^é{121}_\w{7}\.txt$/);
  });

  it('takes at most 1,024 bytes', async () => {
    const name = `${`${'d'.repeat(250)}/`.repeat(4)}${'a'.repeat(20)}`;

    const free = await availableName(name, { isFree: async (candidate) => candidate !== name });

    expect(Buffer.byteLength(free)).toBe(1024);
  });

  it.each([
    ['nothing of the root would be left', 'parent/child.txt', 19],
    ['the extensions alone do not fit', 'parent/child.tar.gz', 22],
    ['the directory alone does not fit', 'parent/child.txt', 5],
    ['nothing fits', 'a.txt', 0],
  ])('is refused when %s', async (_, name, maxLength) => {
    const asking = availableName(name, { maxLength, isFree: async () => false });

    await expect(asking).rejects.toThrow(
      expect.objectContaining({
        code: 'INVALID_NAME',
        message: `Cannot use "${name}" as a file name: no free name fits into ${maxLength} characters, allow a larger maxLength`,
      }),
    );
  });

  it('is refused when the directory leaves no room for a suffix', async () => {
    const name = `${`${'d'.repeat(254)}/`.repeat(4)}a.tx`;

    await expect(availableName(name, { isFree: async () => false })).rejects.toThrow(
      'its directory or extension is so long that no free name fits',
    );
  });

  it.each([
    ['traverses', '../a.txt'],
    ['traverses with backslashes', 'a\\..\\b.txt'],
    ['is absolute', '/a.txt'],
    ['is empty', ''],
    ['ends in a slash', 'a/'],
    ['is reserved', '.filefield/owner'],
  ])('is not looked for when the name %s', async (_, name) => {
    const asked: string[] = [];
    const isFree = async (candidate: string): Promise<boolean> => asked.push(candidate) > 0;

    await expect(availableName(name, { isFree })).rejects.toThrow(InvalidNameError);

    expect(asked).toEqual([]);
  });

  it('may be reserved for the library itself', async () => {
    const options = { reserved: 'allow', isFree: async () => true } as const;

    expect(await availableName('.filefield/owner', options)).toBe('.filefield/owner');
  });

  it('is given up after a hundred names that are all taken', async () => {
    await expect(availableName('a.txt', { isFree: async () => false })).rejects.toThrow(
      FileExistsError,
    );
  });

  it('passes the failure of the question on', async () => {
    const failure = new Error('no answer');

    await expect(availableName('a.txt', { isFree: () => Promise.reject(failure) })).rejects.toBe(
      failure,
    );
  });

  it('passes assertName and fits, for every good name', async () => {
    const filename = fc.stringMatching(/^x[a-zé]{0,59}(\.[a-z]{1,4}){0,2}$/);

    await fc.assert(
      fc.asyncProperty(filename, fc.integer({ min: 25, max: 80 }), async (name, maxLength) => {
        const isFree = async (candidate: string): Promise<boolean> => candidate !== name;
        const free = await availableName(name.normalize('NFC'), { maxLength, isFree });
        assertName(free);
        expect(Array.from(free).length).toBeLessThanOrEqual(maxLength);
      }),
    );
  });
});

describe('an alternative name', () => {
  it('has an underscore and seven letters or digits before its extension', () => {
    expect(alternativeName('a', '.tar.gz')).toMatch(/^a_[a-zA-Z0-9]{7}\.tar\.gz$/);
  });

  it('differs each time', () => {
    const names = Array.from({ length: 1000 }, () => alternativeName('a', ''));

    expect(new Set(names).size).toBe(1000);
  });

  it('uses all of the 62 characters', () => {
    const used = Array.from({ length: 1000 }, () => alternativeName('', '').slice(1)).join('');

    expect(new Set(used).size).toBe(62);
  });
});
