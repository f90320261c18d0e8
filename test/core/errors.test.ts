import * as core from '@filefield/core';
import {
  FieldDefinitionError,
  FileChangedError,
  FileExistsError,
  FileFieldError,
  FileNotFoundError,
  FileValidationError,
  IntegrityError,
  InvalidNameError,
  NoFileError,
  PendingFileError,
  StorageError,
  StorageOptionsError,
  UnknownStorageError,
  UnsupportedOperationError,
  UploadRejectedError,
  UrlNotReadyError,
  type AnyFileFieldError,
} from '@filefield/core';
import { describe, expect, expectTypeOf, it } from 'vitest';

const object = { storage: 'private', name: 'avatars/7.png' };
const issues = [
  { validator: 'maxSize', message: '6.1 MB is over the limit of 5 MB', expected: 5, received: 6.1 },
  { validator: 'accept', message: 'it is text/plain, wanted is image/*' },
];

/** Every class that users can construct, by its type. */
type Exported = {
  [Name in keyof typeof core]: (typeof core)[Name] extends new (...args: never) => infer Made
    ? Extract<Made, FileFieldError>
    : never;
}[keyof typeof core];

const every: [
  code: AnyFileFieldError['code'],
  error: AnyFileFieldError,
  message: string,
  fields: object,
][] = [
  [
    'FILE_NOT_FOUND',
    new FileNotFoundError('open', object),
    'Cannot open "avatars/7.png" in storage "private": no such file',
    { storage: 'private', object: 'avatars/7.png' },
  ],
  [
    'FILE_EXISTS',
    new FileExistsError('save', { ...object, bucket: 'acme-private' }),
    'Cannot save "avatars/7.png" in storage "private": the name is taken',
    { storage: 'private', object: 'avatars/7.png', bucket: 'acme-private' },
  ],
  [
    'INVALID_NAME',
    new InvalidNameError('a/../b', 'it has the component ".."'),
    'Cannot use "a/../b" as a file name: it has the component ".."',
    { object: 'a/../b' },
  ],
  [
    'NO_FILE',
    new NoFileError('avatar'),
    "The 'avatar' attribute has no file associated with it.",
    { property: 'avatar' },
  ],
  [
    'PENDING_FILE',
    new PendingFileError('stat', 'me.png', 'flush it or files.stage() it first'),
    'Cannot stat "me.png": the file is pending, flush it or files.stage() it first',
    { filename: 'me.png' },
  ],
  [
    'FILE_CHANGED',
    new FileChangedError('rename', object),
    'Cannot rename "avatars/7.png" in storage "private": the row holds another file, reload it and try again',
    { storage: 'private', object: 'avatars/7.png' },
  ],
  [
    'FILE_VALIDATION',
    new FileValidationError('User.avatar', issues),
    'Cannot save User.avatar: 6.1 MB is over the limit of 5 MB; it is text/plain, wanted is image/*',
    { issues },
  ],
  [
    'INTEGRITY',
    new IntegrityError('read', object, { expected: '5 bytes', received: '3 bytes' }),
    'Cannot read "avatars/7.png" in storage "private": found 3 bytes, recorded is 5 bytes',
    { storage: 'private', object: 'avatars/7.png', expected: '5 bytes', received: '3 bytes' },
  ],
  [
    'UNKNOWN_STORAGE',
    new UnknownStorageError('avatar', ['default', 'avatars']),
    'Cannot use storage "avatar": defined storages are "default", "avatars"',
    { alias: 'avatar', known: ['default', 'avatars'] },
  ],
  [
    'STORAGE_OPTIONS',
    new StorageOptionsError('Cannot sign URLs: a key has fewer than 32 characters'),
    'Cannot sign URLs: a key has fewer than 32 characters',
    {},
  ],
  [
    'UNSUPPORTED_OPERATION',
    new UnsupportedOperationError(
      'give a path',
      'private',
      'its objects are not files of this machine',
    ),
    'Cannot give a path in storage "private": its objects are not files of this machine',
    { operation: 'give a path', storage: 'private' },
  ],
  [
    'URL_NOT_READY',
    new UrlNotReadyError(object),
    'Cannot sign the URL of "avatars/7.png" in storage "private": its credentials are not loaded, ' +
      'call getUrlAsync() or await storages.ready() first',
    { storage: 'private', object: 'avatars/7.png' },
  ],
  [
    'UPLOAD_REJECTED',
    new UploadRejectedError('expired', 'Cannot save User.avatar: its upload expired'),
    'Cannot save User.avatar: its upload expired',
    { reason: 'expired' },
  ],
  [
    'STORAGE',
    new StorageError('delete', object, 'permission denied (EACCES)'),
    'Cannot delete "avatars/7.png" in storage "private": permission denied (EACCES)',
    { operation: 'delete', storage: 'private', object: 'avatars/7.png' },
  ],
  [
    'FIELD_DEFINITION',
    new FieldDefinitionError('User.avatar', 'a file cannot be the primary key'),
    'Cannot declare User.avatar: a file cannot be the primary key',
    { field: 'User.avatar' },
  ],
];

describe('every error', () => {
  it('is one of AnyFileFieldError', () => {
    expectTypeOf<Exported>().toEqualTypeOf<AnyFileFieldError>();
    expectTypeOf<Extract<Exported, { code: string }>>().toEqualTypeOf<AnyFileFieldError>();
  });

  it('is in the table below', () => {
    const exported = Object.values<unknown>(core).filter(
      (value) => typeof value === 'function' && value.prototype instanceof FileFieldError,
    );

    expect(new Set(every.map(([, error]) => error.constructor))).toEqual(new Set(exported));
    expect(new Set(every.map(([code]) => code)).size).toBe(exported.length);
  });

  it.each(every)('has its code, message and fields: %s', (code, error, message, fields) => {
    expect(Object.assign({}, error, { message: error.message })).toEqual({
      code,
      name: error.constructor.name,
      message,
      ...fields,
    });
  });

  it.each(every)('is an Error of its class: %s', (_, error) => {
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(FileFieldError);
    expect(String(error)).toBe(`${error.constructor.name}: ${error.message}`);
    expect(error.stack).toContain('errors.test.ts');
  });

  it.each(every)('is one line without a period, as the others are: %s', (code, { message }) => {
    expect(message).toMatch(code === 'NO_FILE' ? /^The '.+\.$/ : /^Cannot .+[^.]$/);
  });

  it('narrows by its code', () => {
    const error: AnyFileFieldError = every[0]?.[1] ?? new NoFileError('avatar');

    expect(error.code === 'FILE_NOT_FOUND' && error.object).toBe('avatars/7.png');
  });
});

describe('the cause of an error', () => {
  const cause = new Error('the first one');

  it.each<[name: string, error: AnyFileFieldError]>([
    ['FileNotFoundError', new FileNotFoundError('open', object, { cause })],
    ['FileExistsError', new FileExistsError('save', object, { cause })],
    ['InvalidNameError', new InvalidNameError('..', 'it is none', { cause })],
    ['NoFileError', new NoFileError('avatar', { cause })],
    ['PendingFileError', new PendingFileError('stat', 'me.png', 'flush it', { cause })],
    ['FileChangedError', new FileChangedError('rename', object, { cause })],
    ['FileValidationError', new FileValidationError('User.avatar', issues, { cause })],
    [
      'IntegrityError',
      new IntegrityError('read', object, { expected: 'a', received: 'b' }, { cause }),
    ],
    ['UnknownStorageError', new UnknownStorageError('a', [], { cause })],
    ['StorageOptionsError', new StorageOptionsError('Cannot', { cause })],
    ['UnsupportedOperationError', new UnsupportedOperationError('sign', 'a', 'no', { cause })],
    ['UrlNotReadyError', new UrlNotReadyError(object, { cause })],
    ['UploadRejectedError', new UploadRejectedError('used', 'Cannot', { cause })],
    ['StorageError', new StorageError('save', object, 'no', { cause })],
    ['FieldDefinitionError', new FieldDefinitionError('User.avatar', 'no', { cause })],
  ])('is kept by a %s, and left out of its JSON', (_, error) => {
    expect(error.cause).toBe(cause);
    expect(JSON.stringify(error)).not.toContain('the first one');
  });
});

describe('what an error does not know', () => {
  it.each([
    [
      'a storage',
      new FileNotFoundError('open', { name: 'a.txt' }),
      'Cannot open "a.txt": no such file',
    ],
    [
      'a name',
      new StorageError('list', { storage: 'private' }, 'no'),
      'Cannot list in storage "private": no',
    ],
    ['storage and name', new StorageError('list', {}, 'no'), 'Cannot list: no'],
    [
      'a filename',
      new PendingFileError('read', undefined, 'flush it'),
      'Cannot read a file: the file is pending, flush it',
    ],
    [
      'an empty filename',
      new PendingFileError('read', '', 'flush it'),
      'Cannot read a file: the file is pending, flush it',
    ],
    [
      'a storage that is defined',
      new UnknownStorageError('a', []),
      'Cannot use storage "a": no storage is defined',
    ],
    [
      'a checksum',
      new IntegrityError('verify', { name: 'a' }, { expected: undefined }),
      'Cannot verify "a": no checksum is recorded',
    ],
  ])('is not in its message: %s', (_, error, message) => {
    expect(error.message).toBe(message);
  });
});

describe('what comes from outside', () => {
  it.each([
    ['a right-to-left override', 'a\u202Egpj.exe', 'a<U+202E>gpj.exe'],
    ['an isolate', 'a\u2066b', 'a<U+2066>b'],
    ['an escape sequence', 'a\u001B[31mb', 'a<U+001B>[31mb'],
    ['a line break', 'a\nb', 'a<U+000A>b'],
    ['a line separator', 'a\u2028b', 'a<U+2028>b'],
    ['a zero-width space', 'a\u200Bb', 'a<U+200B>b'],
    ['a byte order mark', 'a\uFEFFb', 'a<U+FEFF>b'],
    ['a lone surrogate', 'a\uD800b', 'a<U+D800>b'],
    ['a quote', 'a"b', 'a\\"b'],
    ['letters and emoji', 'ä 🙂', 'ä 🙂'],
    ['a colon', 'Re: me.txt', 'Re: me.txt'],
  ])('is shown in one visible line: %s', (_, raw, shown) => {
    const messages = [
      new FileNotFoundError('open', { name: raw, storage: raw }),
      new PendingFileError('stat', raw, 'flush it'),
      new UnknownStorageError(raw, [raw]),
      new InvalidNameError(raw, 'no'),
    ].map((error) => error.message);

    expect(messages).toEqual([
      `Cannot open "${shown}" in storage "${shown}": no such file`,
      `Cannot stat "${shown}": the file is pending, flush it`,
      `Cannot use storage "${shown}": defined storages are "${shown}"`,
      `Cannot use "${shown}" as a file name: no`,
    ]);
  });

  it.each([
    ['the subject', new FileValidationError('"a\u202Eb"', [])],
    [
      'an issue',
      new FileValidationError('a', [{ validator: 'accept', message: 'it is a\u202Eb' }]),
    ],
    ['a field', new FieldDefinitionError('User.\u202Eavatar', 'no')],
    ['a whole message', new StorageOptionsError('Cannot use storage "a\u202Eb"')],
    ['a rejection', new UploadRejectedError('type', 'Cannot save "a\u202Eb"')],
    ['a reason', new StorageError('save', {}, 'it said a\u202Eb')],
    ['a difference', new IntegrityError('read', object, { expected: 'a', received: '\u202E' })],
  ])('is spelled out where the caller wrote it: %s', (_, error) => {
    expect(error.message).toContain('<U+202E>');
    expect(error.message).not.toContain('\u202E');
  });

  it('is exact in the fields of an error', () => {
    const error = new FileNotFoundError('open', { name: 'a\u202Eb', storage: 'x\ny' });

    expect(error).toMatchObject({ object: 'a\u202Eb', storage: 'x\ny' });
  });

  it.each([
    ['a path', '/srv/app/media/me.png', 'me.png'],
    ['a Windows path', 'C:\\app\\me.png', 'me.png'],
    ['an encoded path', '%2Fsrv%2Fapp%2Fme.png', 'me.png'],
    ['a file URL', 'file:///srv/app/me.png', 'me.png'],
    [
      'a signed URL',
      'https://b.example/a/me.png?X-Amz-Signature=abc&X-Amz-Credential=def',
      'me.png',
    ],
    ['a fragment', 'https://b.example/me.png#token', 'me.png'],
    ['credentials', 'https://me:secret@b.example/', 'b.example'],
    ['credentials of a database', 'postgresql://me:secret@b.example', 'b.example'],
  ])('is cut to its last part: %s', (_, raw, shown) => {
    const messages = [
      new FileNotFoundError('open', { name: raw, storage: raw }),
      new PendingFileError('stat', raw, 'flush it'),
      new UnknownStorageError(raw, []),
    ].map((error) => error.message);

    expect(messages).toEqual([
      `Cannot open "${shown}" in storage "${shown}": no such file`,
      `Cannot stat "${shown}": the file is pending, flush it`,
      `Cannot use storage "${shown}": no storage is defined`,
    ]);
  });

  it('is not in a refused name either', () => {
    const error = new InvalidNameError('/srv/app/media/me.png', 'it is an absolute path');

    expect(JSON.stringify(error) + error.stack).not.toContain('/srv/app');
  });

  it('is shown whole as long as a name may be', () => {
    const name = `${'a'.repeat(200)}/`.repeat(5) + 'b'.repeat(19);

    expect(new FileNotFoundError('open', { name }).message).toBe(
      `Cannot open "${name}": no such file`,
    );
    expect(new FileNotFoundError('open', { name: `${name}${name}` }).message).toContain('…');
  });
});
