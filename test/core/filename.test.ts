import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { nameProblem } from '../../packages/core/src/file-name.ts';
import { cleanFilename, validFilename } from '../../packages/core/src/filename.ts';

describe('what a user called a file', () => {
  it.each([
    ['a plain name', 'a.txt', 'a.txt'],
    ['blanks and dots', 'Mr. Smith.pdf', 'Mr. Smith.pdf'],
    ['punctuation', "it's (1) [2] {3} – 50% & more!.txt", "it's (1) [2] {3} – 50% & more!.txt"],
    ['an emoji', '🙂.png', '🙂.png'],
    ['an emoji with a variation selector', '❤️.png', '❤️.png'],
    ['Arabic', 'تقرير.pdf', 'تقرير.pdf'],
    ['a dot-file', '.gitignore', '.gitignore'],
    ['a dot at the end', 'a.', 'a.'],
    ['a colon', '12:30.txt', '12:30.txt'],
    ['a percent escape', 'a%2Fb.txt', 'a%2Fb.txt'],
    ['an HTML letter', 'caf&eacute;.txt', 'caf&eacute;.txt'],
    ['an unknown reference', 'a&x;b.txt', 'a&x;b.txt'],
    ['a bare ampersand', 'AT&T.txt', 'AT&T.txt'],
  ])('keeps %s', (_, raw, clean) => {
    expect(cleanFilename(raw)).toBe(clean);
  });

  it.each([
    ['a Unix path', '/etc/passwd', 'passwd'],
    ['a Windows path', 'C:\\fakepath\\me.png', 'me.png'],
    ['a UNC path', '\\\\server\\share\\me.png', 'me.png'],
    ['a relative path', '../../me.png', 'me.png'],
    ['both separators', 'a/b\\c/d.txt', 'd.txt'],
    ['both separators, the other way', 'a\\b/c\\d.txt', 'd.txt'],
    ['an HTML slash', 'a&sol;b.txt', 'b.txt'],
    ['a numeric HTML slash', '..&#47;..&#x2f;b.txt', 'b.txt'],
    ['an HTML backslash', 'a&bsol;b.txt', 'b.txt'],
    ['NUL', 'a\0b.txt', 'ab.txt'],
    ['line breaks', 'a\r\nb.txt', 'ab.txt'],
    ['a tab', 'a\tb.txt', 'ab.txt'],
    ['an escape sequence', 'a\u001B[31mb.txt', 'a[31mb.txt'],
    ['DEL and C1', 'a\u007F\u0085b.txt', 'ab.txt'],
    ['a right-to-left override', 'a\u202Egpj.exe', 'agpj.exe'],
    ['a zero-width space', 'a\u200Bb.txt', 'ab.txt'],
    ['a byte order mark', '\uFEFFa.txt', 'a.txt'],
    ['a soft hyphen', 'a\u00ADb.txt', 'ab.txt'],
    ['a lone surrogate', 'a\uD800b.txt', 'ab.txt'],
    ['a private-use character', 'a\uE000b.txt', 'ab.txt'],
    ['a noncharacter', 'a\uFFFEb.txt', 'ab.txt'],
    ['a no-break space', 'a\u00A0b.txt', 'a b.txt'],
    ['the narrow space of a macOS screenshot', '1.23.45\u202FPM.png', '1.23.45 PM.png'],
    ['an ideographic space', 'a\u3000b.txt', 'a b.txt'],
    ['a line separator', 'a\u2028b.txt', 'a b.txt'],
    ['blanks around', '  a.txt  ', 'a.txt'],
    ['NFD', 'cafe\u0301.txt', 'café.txt'],
    ['an accent behind a dropped character', 'e\u200B\u0301.txt', 'é.txt'],
    ['an HTML ampersand', 'Tom &amp; Jerry.png', 'Tom & Jerry.png'],
    ['an HTML quote', '&quot;a&quot;.txt', '"a".txt'],
    ['an HTML letter by number', 'caf&#233;.txt', 'café.txt'],
    ['an HTML letter by hexadecimal number', 'caf&#xe9;.txt', 'café.txt'],
    ['a reference of Windows-1252', 'it&#146;s.txt', 'it’s.txt'],
    ['one level of HTML only', 'a&amp;amp;b.txt', 'a&amp;b.txt'],
    ['an HTML NUL', 'a&#0;b.txt', 'ab.txt'],
    ['a reference beyond Unicode', 'a&#x110000;b.txt', 'a\uFFFDb.txt'],
    ['a reference to a surrogate', 'a&#xd800;b.txt', 'a\uFFFDb.txt'],
    ['too many letters', `${'a'.repeat(300)}.txt`, `${'a'.repeat(251)}.txt`],
    ['too many bytes', `${'é'.repeat(200)}.txt`, `${'é'.repeat(125)}.txt`],
    ['too many bytes of emoji', `${'🙂'.repeat(100)}.tar.gz`, `${'🙂'.repeat(62)}.tar.gz`],
    ['too many letters without extension', 'a'.repeat(300), 'a'.repeat(255)],
  ])('is cleaned of %s', (_, raw, clean) => {
    expect(cleanFilename(raw)).toBe(clean);
  });

  it.each([
    ['nothing', ''],
    ['blanks', '   '],
    ['a dot', '.'],
    ['two dots', '..'],
    ['a path that ends in a slash', 'a/b/'],
    ['a path that ends in a backslash', 'a\\'],
    ['a path that ends in two dots', '/srv/app/..'],
    ['control characters', '\0\u0001'],
    ['an invisible character', '\u200B'],
    ['two dots around an invisible character', '.\u200B.'],
    ['HTML dots', '&#46;&#46;'],
    ['an HTML blank', '&nbsp;'],
  ])('is refused when it is only %s', (_, raw) => {
    expect(() => cleanFilename(raw)).toThrow(
      expect.objectContaining({
        code: 'INVALID_NAME',
        message: expect.stringMatching(/it holds no filename$/),
      }),
    );
  });

  it.each([
    ['a number', 7],
    ['an array, as of a parameter that was sent twice', ['a.txt', 'b.txt']],
    ['an object', {}],
  ])('is refused when it is %s', (_, raw) => {
    const refused = 'it is no string';

    expect(() => Reflect.apply(cleanFilename, undefined, [raw])).toThrow(refused);
    expect(() => Reflect.apply(validFilename, undefined, [raw])).toThrow(refused);
  });

  it('is refused without showing the path it came from', () => {
    expect(() => cleanFilename('/srv/app/..')).toThrow(
      'Cannot use ".." as a file name: it holds no filename',
    );
  });

  it('never holds a separator or an unseen character, and fits, once it is clean', () => {
    const raw = fc.string({ unit: 'binary', maxLength: 400 }).map((text) => `x${text}x`);

    fc.assert(
      fc.property(raw, (text) => {
        const clean = cleanFilename(text);
        expect(clean).not.toMatch(/[/\\\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(clean).toBe(clean.normalize('NFC'));
        expect(Buffer.byteLength(clean)).toBeLessThanOrEqual(255);
      }),
    );
  });
});

describe('a filename made safe', () => {
  it.each([
    ['a plain name', 'a.txt', 'a.txt'],
    ['hyphens and underscores', 'a-b_c.txt', 'a-b_c.txt'],
    ['upper case', 'README.MD', 'README.MD'],
    ['a dot-file', '.gitignore', '.gitignore'],
    ['a dot-file with an extension', '.env.local', '.env.local'],
    ['two extensions', 'a.tar.gz', 'a.tar.gz'],
    ['NFC accents', 'café.txt', 'café.txt'],
    ['Cyrillic', 'отчёт.pdf', 'отчёт.pdf'],
    ['Chinese', '报告.pdf', '报告.pdf'],
    ['Hindi with its vowel signs', 'हिन्दी.txt', 'हिन्दी.txt'],
    ['Arabic digits', '١٢.txt', '١٢.txt'],
    ['a hyphen first', '-rf.txt', '-rf.txt'],
    ['a word that starts like a device', 'console.log', 'console.log'],
    ['two dots inside', 'a..b', 'a..b'],
  ])('keeps %s', (_, filename, valid) => {
    expect(validFilename(filename)).toBe(valid);
  });

  it.each([
    ['blanks', 'a b c.txt', 'a_b_c.txt'],
    ['blanks around', '  a.txt ', 'a.txt'],
    ['a dot in the root', 'Mr. Smith.pdf', 'Mr._Smith.pdf'],
    ['an ideographic space', 'a\u3000b.txt', 'a_b.txt'],
    ['NFD', 'cafe\u0301.txt', 'café.txt'],
    ['a compatibility ideograph', '\uF900.txt', '豈.txt'],
    ['punctuation', "it's (1) & [2], 50%!.txt", 'its_1__2_50.txt'],
    ['separators', 'a/b\\c.txt', 'abc.txt'],
    ['a traversal', '../../etc/passwd', '....etcpasswd'],
    ['a colon', 'a.txt:b', 'a.txtb'],
    ['a percent escape', 'a%2Fb.txt', 'a2Fb.txt'],
    ['an HTML slash', 'a&sol;b.txt', 'asolb.txt'],
    ['a full-width slash', 'a／b.txt', 'ab.txt'],
    ['full-width dots', '．．', 'file'],
    ['an emoji', 'a🙂b.png', 'ab.png'],
    ['NUL', 'a\0b.txt', 'ab.txt'],
    ['a right-to-left override', 'a\u202Egpj.exe', 'agpj.exe'],
    ['a Hangul filler', 'a\u3164b.txt', 'ab.txt'],
    ['a variation selector', 'a\uFE0Fb.txt', 'ab.txt'],
    ['an accent behind a dropped character', 'e%\u0301.txt', 'é.txt'],
    ['a plus in the extension', 'a.c++', 'a.c'],
    ['a dot at the end', 'a.', 'a'],
    ['dots at the end', 'a...', 'a'],
    ['a dot and a dropped character at the end', 'a.!', 'a'],
    ['nothing', '', 'file'],
    ['a dot', '.', 'file'],
    ['two dots', '..', 'file'],
    ['three dots', '...', 'file'],
    ['blanks only', '   ', 'file'],
    ['punctuation only', '???', 'file'],
    ['punctuation before an extension', '???.png', 'file.png'],
    ['an emoji before two extensions', '🙂.tar.gz', 'file.tar.gz'],
    ['a device', 'CON', '_CON'],
    ['a device with an extension', 'nul.txt', '_nul.txt'],
    ['a device with two extensions', 'aux.tar.gz', '_aux.tar.gz'],
    ['a device with a number', 'com1.log', '_com1.log'],
    ['a device around a dropped character', 'co!n.txt', '_con.txt'],
    ['a device with a dot at the end', 'prn.', '_prn'],
    ['too many letters', `${'a'.repeat(300)}.txt`, `${'a'.repeat(251)}.txt`],
    ['too many bytes', `${'é'.repeat(200)}.tar.gz`, `${'é'.repeat(124)}.tar.gz`],
    [
      'too many letters with a dot at the cut',
      `${'a'.repeat(254)}.${'b'.repeat(50)}`,
      'a'.repeat(254),
    ],
  ])('has no %s', (_, filename, valid) => {
    expect(validFilename(filename)).toBe(valid);
  });

  it('is a good name, stays the same when it is made safe again, and needs no cleaning', () => {
    const filename = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.string({ maxLength: 300 }),
    );

    fc.assert(
      fc.property(filename, (text) => {
        const valid = validFilename(text);
        expect(nameProblem(valid, { reserved: 'allow' })).toBeUndefined();
        expect(validFilename(valid)).toBe(valid);
        expect(cleanFilename(valid)).toBe(valid);
      }),
      { numRuns: 2000 },
    );
  });

  it('is a good name for every letter, mark and digit that Unicode has', () => {
    const kept = Array.from({ length: 0x30000 }, (_, point) =>
      validFilename(String.fromCodePoint(point)),
    );

    const bad = kept.filter((name) => nameProblem(name) !== undefined);

    expect(bad).toEqual([]);
  });
});
