import { posix, win32 } from 'node:path';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { InvalidNameError } from '../../packages/core/src/errors.ts';
import { assertName, isDeviceName, nameProblem } from '../../packages/core/src/file-name.ts';
import {
  badNames,
  deviceNames,
  goodNames,
  hiddenNames,
  reservedNames,
} from '../support/object-names.ts';

/** A row for each character from one code to another. */
function codes(first: number, last: number): [what: string, character: string][] {
  return Array.from({ length: last - first + 1 }, (_, index) => [
    `U+${(first + index).toString(16).toUpperCase().padStart(4, '0')}`,
    String.fromCharCode(first + index),
  ]);
}

describe('the name of an object', () => {
  it.each(goodNames)('may hold %s', (_, name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  it.each(badNames)('may not hold %s', (_, name, problem) => {
    expect(nameProblem(name)).toContain(problem);
  });

  it.each([
    ...codes(0x00, 0x1f), // C0
    ...codes(0x7f, 0x9f), // DEL, C1
    ...codes(0x200b, 0x200f), // zero-width, marks of direction
    ...codes(0x202a, 0x202e), // embeddings, overrides
    ...codes(0x2066, 0x2069), // isolates
  ])('may not hold %s', (what, character) => {
    expect(nameProblem(`a${character}b.txt`)).toBe(
      `it holds the control or invisible character ${what}`,
    );
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['true', true],
    ['an array', ['a.txt']],
    ['an object with a text', { toString: () => 'a.txt' }],
    ['a symbol', Symbol('a.txt')],
  ])('is a string, not %s', (_, name) => {
    expect(() => Reflect.apply(assertName, undefined, [name])).toThrow(
      expect.objectContaining({
        code: 'INVALID_NAME',
        message: expect.stringMatching(/^Cannot use "\w+" as a file name: it is no string$/),
      }),
    );
  });

  it.each(hiddenNames)('may not hide %s', (_, name, hidden) => {
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

  it.each(deviceNames)('may not be a Windows device %s', (_, name) => {
    expect(nameProblem(name)).toContain('is the name of a device on Windows');
  });

  it.each(reservedNames)('leaves %s to the library', (_, name) => {
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
