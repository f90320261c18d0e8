import { posix, win32 } from 'node:path';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { InvalidNameError } from '../../packages/core/src/errors.ts';
import { assertName, isDeviceName, nameProblem } from '../../packages/core/src/file-name.ts';

describe('the name of an object', () => {
  it.each([
    ['a plain name', 'a.txt'],
    ['directories', 'a/b/c.txt'],
    ['a name without extension', 'a'],
    ['one letter as a directory', 'c/x.txt'],
    ['a dot-file', '.gitignore'],
    ['a dot directory', '.well-known/x.txt'],
    ['two dots at the beginning', '..a'],
    ['three dots in the middle', 'a...b'],
    ['two dots inside a component', 'a..b/c'],
    ['blanks inside', 'Mr. Smith.pdf'],
    ['a blank at the beginning', ' a.txt'],
    ['a tilde, which is never expanded', '~/x'],
    ['the name of a home directory', '~root/x'],
    ['a dollar variable, which is never expanded', '$HOME/x'],
    ['NFC accents', 'caf\u00E9.txt'],
    ['Cyrillic', 'отчёт.pdf'],
    ['Chinese', '报告.pdf'],
    ['Arabic', 'تقرير.pdf'],
    ['an emoji', '🙂.png'],
    ['an emoji with a variation selector', '\u2764\uFE0F.png'],
    ['an ideographic variation', '葛\u{E0100}.txt'],
    ['a no-break space', 'a\u00A0b.txt'],
    ['a percent sign', '100%.txt'],
    ['a percent sign that encodes itself', '100%25.txt'],
    ['a percent-encoded blank', 'a%20b.txt'],
    ['a percent-encoded letter', '%41.txt'],
    ['an incomplete percent escape', '50%2'],
    ['bytes that are no UTF-8', '%ff%fe.txt'],
    ['bytes beyond Unicode', '%f7%bf%bf%bf.txt'],
    ['bytes that begin no character', '%fe%80%80%80%80%80%af.txt'],
    ['an ampersand', 'Tom & Jerry.png'],
    ['an HTML entity of a letter', 'caf&eacute;.txt'],
    ['an HTML ampersand', 'Tom &amp; Jerry.png'],
    ['a full-width letter', 'Ａ.txt'],
    ['a full-width colon', 'Star Wars： IV.mp4'],
    ['a fraction', '½.txt'],
    ['an ellipsis in a name', 'wait….txt'],
    ['a semicolon', 'a;b.txt'],
    ['characters that Windows refuses aloud', 'a<b>"c"|d?*.txt'],
    ['quotes', "it's.txt"],
    ['a hash', 'a#b.txt'],
    ['a plus', 'a+b.txt'],
    ['a device name inside a word', 'console.log'],
    ['a device name with more letters', 'nullable.txt'],
    ['a device name with two digits', 'com10.txt'],
    ['a device name as an extension', 'a.con'],
    ['a device name after an underscore', '_con.txt'],
    ['a component of 255 bytes', 'a'.repeat(255)],
    ['a component of 255 bytes in 127 letters and one', `${'é'.repeat(127)}a`],
    [
      'a name of 1,024 bytes',
      `${'a'.repeat(255)}/${'b'.repeat(255)}/${'c'.repeat(255)}/${'d'.repeat(253)}/ef`,
    ],
    ['`.filefield` below the top', 'a/.filefield/x'],
    ['`incoming` below the top', 'a/incoming/x'],
    ['a name that starts like a reserved one', 'incoming.txt'],
    ['a directory that starts like a reserved one', '.filefields/x'],
    ['a file that ends in `.v`', 'a/adder.v'],
    ['a directory that ends in `v`', 'av/x'],
  ])('may hold %s', (_, name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  it.each([
    ['nothing', '', 'it is empty'],
    ['a slash only', '/', 'it is an absolute path'],
    ['an absolute path', '/etc/passwd', 'it is an absolute path'],
    ['two slashes', '//evil.example/x', 'it is an absolute path'],
    ['a backslash at the beginning', '\\x', 'it is an absolute path'],
    ['a UNC path', '\\\\server\\share\\x', 'it is an absolute path'],
    ['a device path', '\\\\?\\C:\\x', 'it is an absolute path'],
    ['a device path with slashes', '//./C:/x', 'it is an absolute path'],
    ['a drive', 'C:\\x', 'it is an absolute path'],
    ['a drive with a slash', 'C:/x', 'it is an absolute path'],
    ['a drive-relative path', 'c:x', 'it is an absolute path'],
    ['a drive only', 'Z:', 'it is an absolute path'],
    ['a backslash', 'a\\b', 'it holds a backslash'],
    ['a backslash that traverses', 'a\\..\\b', 'it holds a backslash'],
    ['a backslash at the end', 'a\\', 'it holds a backslash'],
    ['a URL', 'https://evil.example/x', 'it holds a colon'],
    ['a file URL', 'file:///etc/passwd', 'it holds a colon'],
    ['a data URL', 'data:text/plain,x', 'it holds a colon'],
    ['an alternate data stream', 'a.txt:b', 'it holds a colon'],
    ['the unnamed data stream', 'a.txt::$DATA', 'it holds a colon'],
    ['a time', '12:30.txt', 'it holds a colon'],
    ['a parent', '..', 'it has the component ".."'],
    ['a parent first', '../x', 'it has the component ".."'],
    ['a parent inside', 'a/../b', 'it has the component ".."'],
    ['a parent last', 'a/..', 'it has the component ".."'],
    ['many parents', '../../../../etc/passwd', 'it has the component ".."'],
    ['the current directory', '.', 'it has the component "."'],
    ['the current directory first', './x', 'it has the component "."'],
    ['the current directory inside', 'a/./b', 'it has the component "."'],
    ['the current directory last', 'a/.', 'it has the component "."'],
    ['an empty component', 'a//b', 'it has an empty component'],
    ['a slash at the end', 'a/', 'it has an empty component'],
    ['three dots', '...', 'a component ends in a dot or a space'],
    ['a dot at the end', 'a.', 'a component ends in a dot or a space'],
    ['a blank at the end', 'a ', 'a component ends in a dot or a space'],
    ['a blank only', ' ', 'a component ends in a dot or a space'],
    ['a directory with a dot at its end', 'a./b', 'a component ends in a dot or a space'],
    ['a directory with a blank at its end', 'a /b', 'a component ends in a dot or a space'],
    ['a parent and a blank', '.. /x', 'a component ends in a dot or a space'],
    ['dots with blanks', '. ./x', 'a component ends in a dot or a space'],
    ['NUL', 'a\0b', 'it holds the control or invisible character U+0000'],
    [
      'NUL before an extension',
      'a.php\0.png',
      'it holds the control or invisible character U+0000',
    ],
    ['a line feed', 'a\nb', 'it holds the control or invisible character U+000A'],
    ['a carriage return', 'a\rb', 'it holds the control or invisible character U+000D'],
    ['a tab', 'a\tb', 'it holds the control or invisible character U+0009'],
    ['an escape', 'a\u001B[31mb', 'it holds the control or invisible character U+001B'],
    ['the last C0 control', 'a\u001Fb', 'it holds the control or invisible character U+001F'],
    ['DEL', 'a\u007Fb', 'it holds the control or invisible character U+007F'],
    ['the first C1 control', 'a\u0080b', 'it holds the control or invisible character U+0080'],
    ['next line', 'a\u0085b', 'it holds the control or invisible character U+0085'],
    ['the last C1 control', 'a\u009Fb', 'it holds the control or invisible character U+009F'],
    [
      'a right-to-left override',
      'a\u202Egpj.exe',
      'it holds the control or invisible character U+202E',
    ],
    ['a left-to-right mark', 'a\u200Eb', 'it holds the control or invisible character U+200E'],
    ['a bidi isolate', 'a\u2066b', 'it holds the control or invisible character U+2066'],
    ['an Arabic letter mark', 'a\u061Cb', 'it holds the control or invisible character U+061C'],
    ['a zero-width space', 'a\u200Bb', 'it holds the control or invisible character U+200B'],
    ['a zero-width joiner', 'a\u200Db', 'it holds the control or invisible character U+200D'],
    ['a word joiner', 'a\u2060b', 'it holds the control or invisible character U+2060'],
    ['a byte order mark', '\uFEFFa', 'it holds the control or invisible character U+FEFF'],
    ['a soft hyphen', 'a\u00ADb', 'it holds the control or invisible character U+00AD'],
    ['a tag character', 'a\u{E0041}b', 'it holds the control or invisible character U+E0041'],
    ['an interlinear annotation', 'a\uFFF9b', 'it holds the control or invisible character U+FFF9'],
    ['a Hangul filler', 'a\u3164b', 'it holds the control or invisible character U+3164'],
    [
      'a combining grapheme joiner',
      'a\u034Fb',
      'it holds the control or invisible character U+034F',
    ],
    ['a line separator', 'a\u2028b', 'it holds the control or invisible character U+2028'],
    ['a paragraph separator', 'a\u2029b', 'it holds the control or invisible character U+2029'],
    ['a noncharacter', 'a\uFFFFb', 'it holds the control or invisible character U+FFFF'],
    ['a lone high surrogate', 'a\uD800b', 'it holds the control or invisible character U+D800'],
    ['a lone low surrogate', 'a\uDC00', 'it holds the control or invisible character U+DC00'],
    [
      'surrogates in the wrong order',
      '\uDE42\uD83D',
      'it holds the control or invisible character U+DE42',
    ],
    ['NFD accents', 'cafe\u0301.txt', 'it is not in Unicode normal form NFC'],
    ['a compatibility ideograph', '\uF900.txt', 'it is not in Unicode normal form NFC'],
    ['the Kelvin sign', '\u212A.txt', 'it is not in Unicode normal form NFC'],
    ['256 bytes in a component', 'a'.repeat(256), 'a component has 256 bytes, at most 255 fit'],
    ['256 bytes in 128 letters', 'é'.repeat(128), 'a component has 256 bytes, at most 255 fit'],
    [
      '256 bytes in a directory',
      `${'a'.repeat(256)}/b`,
      'a component has 256 bytes, at most 255 fit',
    ],
    ['1,025 bytes', 'a/'.repeat(512) + 'b', 'it has 1025 bytes, at most 1024 fit'],
    ['a million bytes', 'a'.repeat(1e6), 'it has 1000000 bytes, at most 1024 fit'],
  ])('may not hold %s', (_, name, problem) => {
    expect(nameProblem(name)).toContain(problem);
  });

  it.each([
    ['a parent', '%2e%2e/x', '"." or ".." component'],
    ['a parent in upper case', '%2E%2E/x', '"." or ".." component'],
    ['half a parent', '.%2e/x', '"." or ".." component'],
    ['the current directory', 'a/%2e/b', '"." or ".." component'],
    ['a parent that ends in a blank', 'a/..%20/b', '"." or ".." component'],
    ['a slash', 'a%2fb', 'separator'],
    ['a slash in upper case', 'a%2Fb', 'separator'],
    ['a backslash', 'a%5cb', 'separator'],
    ['a parent and a slash', '..%2fx', 'separator'],
    ['an absolute path', '%2fetc%2fpasswd', 'separator'],
    ['a slash, twice', 'a%252fb', 'separator'],
    ['a slash, three times', 'a%25252fb', 'separator'],
    ['a slash, many times', `a%${'25'.repeat(100)}2fb`, 'separator'],
    ['a parent, twice', '%252e%252e/x', '"." or ".." component'],
    ['a digit of an escape', 'a%%32fb', 'separator'],
    ['a letter of an escape', 'a%2%66b', 'separator'],
    ['NUL', 'a%00b', 'control character'],
    ['NUL before an extension', 'a.php%00.png', 'control character'],
    ['a line break', 'a%0d%0aSet-Cookie', 'control character'],
    ['a C1 control', 'a%C2%85b', 'control character'],
    ['a drive', 'C%3A/x', 'drive letter'],
    ['a drive letter', '%43%3a/x', 'drive letter'],
    ['an overlong slash', 'a%c0%afb', 'separator'],
    ['an overlong slash of three bytes', 'a%e0%80%afb', 'separator'],
    ['an overlong slash of four bytes', 'a%f0%80%80%afb', 'separator'],
    ['an overlong slash of five bytes', 'a%f8%80%80%80%afb', 'separator'],
    ['an overlong slash of six bytes', 'a%fc%80%80%80%80%afb', 'separator'],
    ['an overlong backslash', 'a%c1%9cb', 'separator'],
    ['an overlong parent', '%c0%ae%c0%ae/x', '"." or ".." component'],
    ['an overlong parent of three bytes', '%e0%80%ae%e0%80%ae/x', '"." or ".." component'],
    ['an overlong NUL', 'a%c0%80b', 'control character'],
    ['an overlong slash, twice', 'a%25c0%25afb', 'separator'],
    ['a slash after a broken lead byte', 'a%c0%2fb', 'separator'],
    ['a slash as %u', 'a%u002fb', 'separator'],
    ['a full-width slash as %u', 'a%uff0fb', 'separator'],
    ['a parent as %u', '%u002e%u002e/x', '"." or ".." component'],
    ['a full-width slash', 'a／b', 'separator'],
    ['a full-width slash in UTF-8', 'a%ef%bc%8fb', 'separator'],
    ['a full-width backslash', 'a＼b', 'separator'],
    ['a small backslash', 'a\uFE68b', 'separator'],
    ['a full-width parent', '．．/x', '"." or ".." component'],
    ['a small full stop', '\uFE52\uFE52/x', '"." or ".." component'],
    ['one-dot leaders', '\u2024\u2024/x', '"." or ".." component'],
    ['a two-dot leader', '\u2025/x', '"." or ".." component'],
    ['an ellipsis alone', '…', '"." or ".." component'],
    ['a full-width percent sign', 'a％2fb', 'separator'],
    ['a full-width escape', 'a％２ｆb', 'separator'],
    ['a full-width drive', 'Ｃ：/x', 'drive letter'],
    ['a ligature that holds a slash', 'a℅b', 'separator'],
    ['a decimal HTML slash', 'a&#47;b', 'separator'],
    ['a decimal HTML slash without semicolon', 'a&#47b', 'separator'],
    ['a decimal HTML slash with zeros', 'a&#0000047;b', 'separator'],
    ['a hexadecimal HTML slash', 'a&#x2f;b', 'separator'],
    ['a hexadecimal HTML slash in upper case', 'a&#X2F;b', 'separator'],
    ['a named HTML slash', 'a&sol;b', 'separator'],
    ['a named HTML backslash', 'a&bsol;b', 'separator'],
    ['an HTML slash, twice', 'a&amp;sol;b', 'separator'],
    ['an HTML slash, three times', 'a&amp;amp;sol;b', 'separator'],
    ['an HTML slash behind a bare ampersand', 'a&ampsol;b', 'separator'],
    ['an HTML parent', '&#46;&#46;/x', '"." or ".." component'],
    ['a named HTML parent', '&period;&period;/x', '"." or ".." component'],
    ['an HTML two-dot leader', '&nldr;/x', '"." or ".." component'],
    ['an HTML NUL', 'a&#0;b', 'control character'],
    ['an HTML line break', 'a&NewLine;b', 'control character'],
    ['an HTML colon after a drive', 'C&colon;/x', 'drive letter'],
    ['an HTML percent sign', 'a&percnt;2fb', 'separator'],
    ['a percent-encoded HTML slash', 'a%26sol%3bb', 'separator'],
    ['a parent with a path parameter', 'a/..;/b', '"." or ".." component'],
    ['a parent with a named path parameter', 'a/..;x=y/b', '"." or ".." component'],
    ['an encoded parent with a path parameter', '%2e%2e;/x', '"." or ".." component'],
  ])('may not hide %s', (_, name, hidden) => {
    expect(nameProblem(name)).toBe(`it holds an encoded ${hidden}`);
  });

  it.each([
    ['CON'],
    ['con'],
    ['Prn'],
    ['aux'],
    ['NUL'],
    ['nul.txt'],
    ['NUL.tar.gz'],
    ['nul .txt'],
    ['aux.'],
    ['COM1'],
    ['com9.log'],
    ['COM0'],
    ['LPT1'],
    ['lpt9.txt'],
    ['COM¹'],
    ['lpt³.txt'],
    ['CONIN$'],
    ['conout$.x'],
    ['CLOCK$'],
  ])('knows the Windows device %s', (component) => {
    expect(isDeviceName(component)).toBe(true);
  });

  it.each([
    ['in lower case', 'con'],
    ['with an extension', 'a/nul.txt'],
    ['as a directory', 'aux/x.txt'],
  ])('may not be a Windows device %s', (_, name) => {
    expect(nameProblem(name)).toContain('is the name of a device on Windows');
  });

  it.each([
    ['the owner file', '.filefield/owner'],
    ['the directory of the library itself', '.filefield'],
    ['another case of it', '.FileField/owner'],
    ['a compatibility form of it', '.ﬁleﬁeld/owner'],
    ['a direct upload', 'incoming/x'],
    ['the directory of direct uploads itself', 'incoming'],
    ['another case of that', 'Incoming/x'],
    ['a variant', 'avatars/a.png.v/small.webp'],
    ['another case of a variant', 'a.V/x'],
    ['a variant at the top', 'x.v/y'],
    ['a variant far below', 'x.v/a/b/c'],
  ])('leaves %s to the library', (_, name) => {
    expect(nameProblem(name)).toContain('reserved');
    expect(nameProblem(name, { reserved: 'allow' })).toBeUndefined();
  });

  it('may not leave the storage either where reserved names are allowed', () => {
    expect(() => assertName('.filefield/../x', { reserved: 'allow' })).toThrow(InvalidNameError);
  });

  it('is refused with a code and a message that names it', () => {
    expect(() => assertName('a/../b')).toThrow(
      expect.objectContaining({
        code: 'INVALID_NAME',
        object: 'a/../b',
        message: 'Cannot use "a/../b" as a file name: it has the component ".."',
      }),
    );
  });

  it.each([
    ['an absolute path', '/srv/app/secret/x.txt', 'x.txt'],
    ['an absolute path of a directory', '/srv/app/secret/', 'secret'],
    ['a Windows path', 'C:\\srv\\x.txt', 'x.txt'],
    ['a Windows path with slashes', 'C:/srv/x.txt', 'x.txt'],
    ['a UNC path', '\\\\server\\share\\x.txt', 'x.txt'],
    ['a file URL', 'file:///srv/app/x.txt', 'x.txt'],
    ['a percent-encoded absolute path', '%2Fsrv%2Fapp%2Fx.txt', 'x.txt'],
    ['an HTML-encoded absolute path', '&sol;srv&sol;x.txt', 'x.txt'],
    ['an absolute path with NUL', '/srv/a\0b', 'a<U+0000>b'],
    ['the root', '/', ''],
    ['a right-to-left override', 'a\u202Egpj.exe', 'a<U+202E>gpj.exe'],
    ['a line break', 'a\nb', 'a<U+000A>b'],
    ['a very long name', 'a'.repeat(5000), `${'a'.repeat(200)}…`],
    ['a relative path', 'a/../b', 'a/../b'],
  ])('is shown fit for logs when it is refused: %s', (_, name, shown) => {
    expect(() => assertName(name)).toThrow(expect.objectContaining({ object: shown }));
  });

  it('never resolves outside of its storage when it is good', () => {
    const pieces = fc.constantFrom(
      ...[
        '..',
        '.',
        '/',
        '\\',
        '%2e',
        '%2f',
        '%25',
        '%c0%ae',
        '．',
        '／',
        '&sol;',
        '&#46;',
        'a',
        'C:',
        ' ',
        ';',
        '\0',
        '…',
      ],
    );
    const hostile = fc.array(pieces, { maxLength: 8 }).map((list) => list.join(''));

    const good = hostile.filter((name) => nameProblem(name) === undefined);

    fc.assert(
      fc.property(good, (name) => {
        expect(new URL(name.replaceAll('#', ''), 'http://host/base/').href).toMatch(
          /^http:\/\/host\/base\/./,
        );
        expect(posix.join('/base', name)).toMatch(/^\/base\/./);
        expect(win32.join('C:\\base', name)).toMatch(/^C:\\base\\./);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused with a message that holds no control or invisible character', () => {
    const refused = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `../${text}`);

    fc.assert(
      fc.property(refused, (name) => {
        expect(() => assertName(name)).toThrow(
          expect.objectContaining({
            code: 'INVALID_NAME',
            message: expect.not.stringMatching(/[\p{Cc}\p{Cf}\p{Cs}]/u),
          }),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
