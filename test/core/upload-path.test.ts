import * as fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';

import { FieldDefinitionError } from '../../packages/core/src/errors.ts';
import { assertName } from '../../packages/core/src/file-name.ts';
import {
  badNames,
  deviceNames,
  goodNames,
  hiddenNames,
  reservedNames,
} from '../support/object-names.ts';
import { assertUploadTo, uploadPath, type UploadTo } from '../../packages/core/src/upload-path.ts';

interface User {
  readonly id?: number | null | undefined;
  readonly name: string;
}

const user: User = { id: 7, name: 'ann' };
const newUser: User = { name: 'ann' };
const lost: Record<'key' | 'number' | 'object' | 'promise' | 'date', unknown> = {
  key: null,
  number: Number('seven'),
  object: {},
  promise: Promise.resolve(7),
  date: new Date('never'),
};
const now = new Date('2026-02-28T14:05:09Z');

/** Empty is the top, a slash at the end is left out, NFC is made, and a date directive's percent sign is doubled. */
const hostileDirectories = [...badNames, ...hiddenNames, ...deviceNames, ...reservedNames]
  .map(([what, name]) => [what, name.replaceAll('%', '%%')] as const)
  .filter(([, name]) => name !== '' && name === name.normalize('NFC') && !/[^/]\/$/.test(name));

/** A directory leaves room for a filename, and one that ends in `.v` is reserved. */
const goodDirectories = goodNames.filter(([, name]) => name.length < 1000 && !name.endsWith('.v'));

describe('uploadTo as a string', () => {
  it.each([
    ['nothing', '', 'me.png', 'me.png'],
    ['a directory', 'avatars/', 'me.png', 'avatars/me.png'],
    ['a directory without its slash', 'avatars', 'me.png', 'avatars/me.png'],
    ['directories', 'a/b/c', 'me.png', 'a/b/c/me.png'],
    ['date directives', 'avatars/%Y/%m/%d', 'me.png', 'avatars/2026/02/28/me.png'],
    ['a percent sign', '100%%/', 'me.png', '100%/me.png'],
    ['a directory with a blank', 'my files/', 'me.png', 'my files/me.png'],
    ['a directory in NFD', 'cafe\u0301/', 'me.png', 'café/me.png'],
    ['a filename with blanks', 'a/', 'Mr. Smith.pdf', 'a/Mr._Smith.pdf'],
    ['a filename with a path', 'a/', '../../etc/passwd', 'a/....etcpasswd'],
    ['a filename of nothing', 'a/', '', 'a/file'],
    ['a filename that says undefined', 'a/', 'undefined.png', 'a/undefined.png'],
    [
      'a directory that holds the word null inside another',
      'annulled/',
      'me.png',
      'annulled/me.png',
    ],
  ])('joins %s', async (_, uploadTo, filename, expected) => {
    expect(await uploadPath(uploadTo, user, filename, { now })).toBe(expected);
  });

  it('takes its dates from the time zone that it is told', async () => {
    const evening = new Date('2026-02-28T23:30:00Z');

    const path = await uploadPath('%Y/%m/', user, 'me.png', {
      now: evening,
      timeZone: 'Europe/Berlin',
    });

    expect(path).toBe('2026/03/me.png');
  });

  it.each(goodDirectories)('may be %s', async (_, directory) => {
    const uploadTo = directory.replaceAll('%', '%%');

    expect(() => assertUploadTo('User.avatar', uploadTo)).not.toThrow();
    expect(await uploadPath(uploadTo, user, 'me.png')).toBe(`${directory}/me.png`);
  });

  it('uses the current time unless it is told one', async () => {
    const path = await uploadPath('%Y', user, 'me.png');

    expect(path).toMatch(/^2\d{3}\/me\.png$/);
  });

  it.each([
    ['is absolute', '/avatars/'],
    ['is a slash', '/'],
    ['has a drive', 'C:/avatars/'],
    ['has a UNC path', '\\\\server\\share'],
    ['has backslashes', 'a\\b'],
    ['leaves the storage', '../avatars/'],
    ['leaves the storage inside', 'a/../../b/'],
    ['holds the current directory', './avatars/'],
    ['holds an empty component', 'a//b/'],
    ['ends in two slashes', 'a//'],
    ['holds NUL', 'a\0/'],
    ['is encoded', '%%2e%%2e/'],
    ['is the library’s own', '.filefield/'],
    ['belongs to direct uploads', 'incoming/'],
    ['belongs to variants', 'a.v/'],
    ['is a Windows device', 'aux/'],
    ['has an unknown directive', 'a/%Q/'],
    ['has an unfinished directive', 'a/100%'],
    ['ends in a dot', 'a./'],
    ['is too long', `${'a'.repeat(256)}/`],
  ])('is refused at upload and at start when it %s', async (_, uploadTo) => {
    await expect(uploadPath(uploadTo, user, 'me.png', { now })).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_NAME' }),
    );
    expect(() => assertUploadTo('User.avatar', uploadTo)).toThrow(
      expect.objectContaining({ code: 'FIELD_DEFINITION', field: 'User.avatar' }),
    );
  });
});

describe('uploadTo as a function', () => {
  it.each<[string, UploadTo<User>, string, string]>([
    [
      'of the entity',
      (entity, filename) => `users/${entity.id}/${filename}`,
      'me.png',
      'users/7/me.png',
    ],
    ['without the filename', (entity) => `users/${entity.name}.bin`, 'me.png', 'users/ann.bin'],
    ['later', async (_, filename) => `a/${filename}`, 'me.png', 'a/me.png'],
    ['with the safe filename', (_, filename) => `a/${filename}`, 'my photo?.png', 'a/my_photo.png'],
    ['with blanks', () => 'a/my photo.png', 'me.png', 'a/my photo.png'],
    ['in NFD', () => 'cafe\u0301.png', 'me.png', 'café.png'],
    ['with a percent sign', () => '%Y/100%.png', 'me.png', '%Y/100%.png'],
    [
      'with a file that is called undefined',
      (_, filename) => `a/${filename}`,
      'undefined.png',
      'a/undefined.png',
    ],
    ['with a file that is called null', (_, filename) => `a/${filename}`, 'null', 'a/null'],
    [
      'with a file that is called Null, in lower case',
      (_, filename) => filename.toLowerCase(),
      'Null.png',
      'null.png',
    ],
    [
      'with null inside a word',
      () => 'nullable/annulled/x.png',
      'me.png',
      'nullable/annulled/x.png',
    ],
    ['with nan inside a word', () => 'banana/NaNa.png', 'me.png', 'banana/NaNa.png'],
  ])('returns the whole path %s', async (_, uploadTo, filename, expected) => {
    expect(await uploadPath(uploadTo, user, filename)).toBe(expected);
  });

  it('is called once', async () => {
    const calls: string[] = [];

    await uploadPath((_, filename) => `${calls.push(filename)}.png`, user, 'me.png');

    expect(calls).toEqual(['me.png']);
  });

  it.each<[string, string, UploadTo<User>, string]>([
    ['undefined', 'undefined', ({ id }, filename) => `users/${id}/${filename}`, 'me.png'],
    [
      'undefined after a word',
      'undefined',
      ({ id }, filename) => `user${id}/${filename}`,
      'me.png',
    ],
    [
      'undefined after a hyphen',
      'undefined',
      ({ id }, filename) => `user-${id}-${filename}`,
      'me.png',
    ],
    ['undefined before the extension', 'undefined', ({ id }) => `users/${id}.png`, 'me.png'],
    [
      'undefined beside a file called undefined',
      'undefined',
      ({ id }, filename) => `${id}/${filename}`,
      'undefined',
    ],
    ['null', 'null', (_, filename) => `users/${String(lost.key)}/${filename}`, 'me.png'],
    [
      'null after a hyphen',
      'null',
      (_, filename) => `user-${String(lost.key)}/${filename}`,
      'me.png',
    ],
    ['null after an underscore', 'null', () => `user_${String(lost.key)}.png`, 'me.png'],
    ['null after a number', 'null', () => `7${String(lost.key)}.png`, 'me.png'],
    ['NaN', 'NaN', (_, filename) => `users/${String(lost.number)}/${filename}`, 'me.png'],
    [
      'an object',
      '[object Object]',
      (_, filename) => `users/${String(lost.object)}/${filename}`,
      'me.png',
    ],
    [
      'a promise',
      '[object Promise]',
      (_, filename) => `${String(lost.promise)}/${filename}`,
      'me.png',
    ],
    [
      'an invalid date',
      'Invalid Date',
      (_, filename) => `${String(lost.date)}/${filename}`,
      'me.png',
    ],
  ])('is refused when the path holds %s', async (_, missing, uploadTo, filename) => {
    await expect(uploadPath(uploadTo, newUser, filename)).rejects.toThrow(
      expect.objectContaining({
        code: 'INVALID_NAME',
        message: expect.stringContaining(`uploadTo found "${missing}" in place of a value`),
      }),
    );
  });

  it('says what to do when the key is not known yet', async () => {
    const path = uploadPath(
      ({ id }: User, filename) => `users/${id}/${filename}`,
      newUser,
      'me.png',
    );

    await expect(path).rejects.toThrow(
      'Cannot use "users/undefined/me.png" as a file name: uploadTo found "undefined" in place of a value, ' +
        'the key of a new entity is known only after its INSERT: give it a key of your own (a UUID), ' +
        'flush it before its file, or leave the key out of the path',
    );
  });

  it.each<[string, UploadTo<User>, string]>([
    ['an absolute path', () => '/srv/x.png', 'it is an absolute path'],
    ['a path with a drive', () => 'C:\\x.png', 'it is an absolute path'],
    ['a traversal', () => 'a/../../x.png', 'it has the component ".."'],
    ['an encoded traversal', () => '%2e%2e/x.png', 'it holds an encoded "." or ".." component'],
    ['backslashes', () => 'a\\x.png', 'it holds a backslash'],
    ['a reserved name', () => 'incoming/x.png', '"incoming/" is reserved'],
    ['an empty string', () => '', 'it is empty'],
    ['a directory', () => 'users/7/', 'uploadTo returned a directory'],
    ['a control character', () => 'a\nb.png', 'it holds the control or invisible character U+000A'],
    ['a long name', () => `${'a'.repeat(300)}.png`, 'a component has 304 bytes'],
  ])('is refused when it returns %s', async (_, uploadTo, message) => {
    await expect(uploadPath(uploadTo, user, 'me.png')).rejects.toThrow(message);
  });

  it('is refused without showing an absolute path', async () => {
    await expect(uploadPath(() => '/srv/app/x.png', user, 'me.png')).rejects.toThrow(
      'Cannot use "x.png"',
    );
  });

  it.each([
    ['undefined', undefined, 'uploadTo returned no string but undefined'],
    ['null', null, 'uploadTo returned no string but object'],
    ['a number', 7, 'uploadTo returned no string but number'],
    ['an object', Object.create(null), 'uploadTo returned no string but object'],
  ])('is refused when plain JavaScript returns %s', async (_, result, message) => {
    await expect(uploadPath(() => result, user, 'me.png')).rejects.toThrow(message);
  });

  it('passes its own failure on', async () => {
    const failure = new Error('no tenant');

    await expect(uploadPath(() => Promise.reject(failure), user, 'me.png')).rejects.toBe(failure);
  });

  it('knows the type of its entity', () => {
    expectTypeOf<UploadTo<User>>().toExtend<
      string | ((entity: User, filename: string) => unknown)
    >();
  });
});

describe('uploadTo at the start of the application', () => {
  it.each([
    ['nothing', ''],
    ['a directory', 'avatars/'],
    ['a directory without its slash', 'avatars'],
    ['every date directive', '%Y/%m/%d/%H/%M/%S/%y/%j/%f/%b/%B/%a/%A/%p/%I/%U/%W/%V/%G/%u/%w/%%'],
    ['a function', () => '../x'],
  ])('may be %s', (_, uploadTo) => {
    expect(() => assertUploadTo('User.avatar', uploadTo)).not.toThrow();
  });

  it.each([
    [
      'is absolute',
      '/srv/avatars/',
      'uploadTo "avatars" is not a directory of a storage: ' +
        'it is an absolute path, names are relative to their storage',
    ],
    [
      'leaves the storage',
      '../avatars/',
      'uploadTo "../avatars/" is not a directory of a storage: it has the component ".."',
    ],
    [
      'was put together without a value',
      'undefined/avatars/',
      'uploadTo "undefined/avatars/" is not a directory of a storage: ' +
        'it holds "undefined" in place of a value',
    ],
    [
      'has an unknown directive',
      'a/%Q/',
      'uploadTo "a/%Q/" is not a directory of a storage: ' +
        '"%Q" is no date directive, write "%%" for a percent sign',
    ],
    ['is missing', undefined, 'uploadTo is neither a string nor a function'],
    ['is an object', {}, 'uploadTo is neither a string nor a function'],
  ])('names the field when it %s', (_, uploadTo, message) => {
    expect(() => assertUploadTo('User.avatar', uploadTo)).toThrow(
      new FieldDefinitionError('User.avatar', message),
    );
  });

  it.each(hostileDirectories)('is refused when it is %s', (_, directory) => {
    expect(() => assertUploadTo('User.avatar', directory)).toThrow(FieldDefinitionError);
  });

  it('that passes is good for every filename and every day', async () => {
    const uploadTo = fc.constantFrom('', 'a', 'a/%Y/%B/%A/', '%j/%U-%W/%G-W%V-%u', '%I%p/%f');
    const date = fc.date({
      min: new Date('1970-01-01'),
      max: new Date('2999-12-31'),
      noInvalidDate: true,
    });

    await fc.assert(
      fc.asyncProperty(
        uploadTo,
        fc.string({ unit: 'binary' }),
        date,
        async (directory, filename, day) => {
          assertUploadTo('User.avatar', directory);
          assertName(await uploadPath(directory, user, `x${filename}`, { now: day }));
        },
      ),
      { numRuns: 500 },
    );
  });
});
