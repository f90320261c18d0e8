import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { InvalidNameError } from '../../packages/core/src/errors.ts';
import { assertName } from '../../packages/core/src/file-name.ts';
import { cleanFilename, validFilename } from '../../packages/core/src/filename.ts';
import { alternativeName } from '../../packages/core/src/free-name.ts';
import { hasUniqueToken, uniqueName } from '../../packages/core/src/unique-name.ts';
import { resize } from '../../packages/core/src/variant/resize.ts';
import { variantFile, variantName } from '../../packages/core/src/variant/variant-name.ts';

describe('a unique name', () => {
  it.each([
    ['an extension', 'avatars/me.png', /^avatars\/me_[0-9a-hjkmnp-tv-z]{22}\.png$/],
    ['two extensions', 'me.tar.gz', /^me_[0-9a-hjkmnp-tv-z]{22}\.tar\.gz$/],
    ['no extension', 'a.b/me', /^a\.b\/me_[0-9a-hjkmnp-tv-z]{22}$/],
    ['a dot in the root', 'Mr. Smith.pdf', /^Mr\. Smith_[0-9a-hjkmnp-tv-z]{22}\.pdf$/],
    ['a dot-file', '.gitignore', /^\.gitignore_[0-9a-hjkmnp-tv-z]{22}$/],
    ['an upper-case extension', 'a.PNG', /^a_[0-9a-hjkmnp-tv-z]{22}\.PNG$/],
    ['letters of many scripts', 'отчёт.pdf', /^отчёт_[0-9a-hjkmnp-tv-z]{22}\.pdf$/],
  ])('holds a random token in lower case: %s', (_, name, expected) => {
    expect(uniqueName(name)).toMatch(expected);
  });

  it('differs each time, in lower case too', () => {
    const names = Array.from({ length: 10_000 }, () => uniqueName('a.png').toLowerCase());

    expect(new Set(names).size).toBe(10_000);
  });

  it('uses all of the 32 characters at every place of its random part', () => {
    const tokens = Array.from({ length: 2000 }, () => uniqueName('a').slice(2));

    const used = Array.from(
      { length: 22 },
      (_, place) => new Set(tokens.map((token) => token[place])).size,
    );

    expect(used).toEqual(Array.from({ length: 22 }, () => 32));
  });

  it.each([
    ['255 bytes', `${'a'.repeat(251)}.txt`, undefined, /^a{228}_\w{22}\.txt$/],
    ['255 bytes, in letters of two', `${'é'.repeat(125)}.txt`, undefined, /^é{114}_\w{22}\.txt$/],
    [
      '255 bytes, in letters of four',
      `${'𐐀'.repeat(62)}.txt`,
      undefined,
      /^(?:𐐀){57}_\w{22}\.txt$/u,
    ],
    ['maxLength', 'avatars/portrait.png', 40, /^avatars\/portr_\w{22}\.png$/],
    ['maxLength, in code points', '𐐀𐐀𐐀.txt', 29, /^(?:𐐀){2}_\w{22}\.txt$/u],
    ['the smallest maxLength', 'avatars/portrait.png', 36, /^avatars\/p_\w{22}\.png$/],
  ])('cuts the root to fit into %s', (_, name, maxLength, expected) => {
    expect(uniqueName(name, { maxLength })).toMatch(expected);
  });

  it('cuts the root to fit into 1,024 bytes', () => {
    const name = `${`${'d'.repeat(240)}/`.repeat(4)}${'a'.repeat(55)}.txt`;

    expect(Buffer.byteLength(uniqueName(name))).toBe(1024);
  });

  it('spares room below itself: for ".v" in its last component, and for a file in all', () => {
    const long = 'a'.repeat(251);
    const deep = `${`${'d'.repeat(240)}/`.repeat(3)}${long}.txt`;

    const names = [`${long}.txt`, deep].map((name) => uniqueName(name, { spare: 128 }));

    const [component, whole] = names.map((name) => Buffer.byteLength(name));
    expect([component, whole]).toEqual([253, 1024 - 128]);
  });

  it('is refused when nothing of the root would be left', () => {
    expect(() => uniqueName('avatars/portrait.png', { maxLength: 34 })).toThrow(
      'Cannot use "avatars/portrait.png" as a file name: no free name fits into 34 characters, allow a larger maxLength',
    );
  });

  it.each([
    ['traverses', '../a.png'],
    ['is absolute', '/a.png'],
    ['is empty', ''],
    ['is a directory', 'a/'],
    ['is reserved', 'incoming/a.png'],
  ])('is refused when the name %s', (_, name) => {
    expect(() => uniqueName(name)).toThrow(InvalidNameError);
  });

  it('passes assertName for whatever a user calls a file', () => {
    const raw = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
    );

    fc.assert(
      fc.property(raw, fc.integer({ min: 80, max: 300 }), (text, maxLength) => {
        const unique = uniqueName(validFilename(cleanFilename(`x${text}x`)), { maxLength });
        assertName(unique);
        expect(hasUniqueToken(unique)).toBe(true);
        expect(Array.from(unique).length).toBeLessThanOrEqual(maxLength);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the token of a unique name', () => {
  it.each([
    ['an extension', 'avatars/me.png'],
    ['two extensions', 'me.tar.gz'],
    ['no extension', 'me'],
    ['a dot-file', '.gitignore'],
    ['a root that ends in a dot', 'a..gz'],
    ['a root with a dot and no extension', 'Mr. Smith'],
    ['a long last part that is no extension', `a.${'b'.repeat(30)}`],
    ['a name that was cut', `${'a'.repeat(251)}.txt`],
    ['a name that was unique already', uniqueName('a.png')],
  ])('is recognised: %s', (_, name) => {
    expect(hasUniqueToken(uniqueName(name))).toBe(true);
  });

  it('is recognised in the name of a variant', () => {
    const variant = variantFile('thumb', resize(64), { name: 'me.png', size: 1 });

    expect(hasUniqueToken(variantName(uniqueName('avatars/me.png'), variant))).toBe(true);
    expect(hasUniqueToken(variantName('avatars/me.png', variant))).toBe(false);
  });

  it.each([
    ['a plain name', 'avatars/me.png'],
    ['nothing', ''],
    ['a suffix of Django', alternativeName('me', '.png')],
    ['a time of 22 digits', 'report_2026022814050912345678.pdf'],
    ['a hash', 'photo_da39a3ee5e6b4b0d3255bfef95601890afd80709.png'],
    ['a UUID', 'photo_123e4567-e89b-12d3-a456-426614174000.png'],
    ['22 letters', 'photo_aaaaaaaaaaaaaaaaaaaaaa.png'],
    ['the token alone', uniqueName('x').slice(1)],
    ['the token in a directory', `${uniqueName('x')}/me.png`],
    ['the token in a directory of variants', `${uniqueName('x')}.v/me.png`],
    ['the token below a variant', `${uniqueName('x')}.v/thumb-${'0'.repeat(20)}.webp/me.png`],
    ['the token in upper case', uniqueName('X').toUpperCase()],
    ['the token without its last character', uniqueName('x').slice(0, -1)],
    ['the token with one character more', `${uniqueName('x')}0`],
  ])('is not seen in %s', (_, name) => {
    expect(hasUniqueToken(name)).toBe(false);
  });

  it('is seen by chance in about one of a thousand names that look alike', () => {
    const alike = Array.from(
      { length: 20_000 },
      (_, index) => `a_${String(index).padStart(22, '0')}.png`,
    );

    expect(alike.filter(hasUniqueToken).length).toBeLessThan(60);
  });
});
