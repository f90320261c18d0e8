import {
  FieldFile,
  FileSystemStorage,
  MemoryStorage,
  PendingFileError,
  type FileStorage,
} from '@filefield/core';
import { failingStorage } from '@filefield/core/testing';
import { describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../support/temporary-directory.ts';
import { storedFile } from './stored-file.ts';

const keys = ['a key that has at least 32 characters'];

/** When the signature of a URL ends. */
function endOf(url: string): Date {
  const { searchParams } = new URL(url, 'https://host.test');
  return new Date(Number(searchParams.get('expires')) * 1000);
}

describe('the end of a URL', () => {
  it('is the one that its signature tells', async () => {
    const location = await temporaryDirectory();
    const storage = new FileSystemStorage({ location, baseUrl: '/media/', keys });
    const { file } = await storedFile('it is me', { storage });

    // A window may end between the two; a week's does so only every half week.
    const url = storage.url('avatars/me.txt', { expiresIn: 604_800 });

    expect(storage.urlExpiresAt('avatars/me.txt', { expiresIn: 604_800 })).toEqual(endOf(url));
    expect(file.urlExpiresAt).toBeInstanceOf(Date);
  });

  it('passes through a decorator', async () => {
    const location = await temporaryDirectory();
    const storage = new FileSystemStorage({
      location,
      baseUrl: '/media/',
      keys,
      urlExpiresIn: 604_800,
    });
    const { file } = await storedFile('it is me', { storage: failingStorage(storage) });

    expect(file.urlExpiresAt).toEqual(storage.urlExpiresAt('avatars/me.txt'));
  });

  it.each<[what: string, create: (location: string) => FileStorage]>([
    [
      'public',
      (location) => new FileSystemStorage({ location, baseUrl: '/media/', visibility: 'public' }),
    ],
    ['without keys', (location) => new FileSystemStorage({ location, baseUrl: '/media/' })],
    ['without a base', (location) => new FileSystemStorage({ location, keys })],
    ['in memory', () => new MemoryStorage()],
  ])('is unknown where no URL ends: %s', async (_what, create) => {
    const storage = create(await temporaryDirectory());
    const { file } = await storedFile('it is me', { storage });

    expect(file.urlExpiresAt).toBeUndefined();
  });

  it('is unknown where the storage does not say', async () => {
    const storage: FileStorage = new MemoryStorage();
    const { file } = await storedFile('it is me', {
      storage: Object.assign(storage, { urlExpiresAt: undefined }),
    });

    expect(file.urlExpiresAt).toBeUndefined();
  });

  it('is not that of a pending file', () => {
    const file = FieldFile.from('it is me', { filename: 'me.txt' });

    expect(() => file.urlExpiresAt).toThrow(PendingFileError);
  });

  it('is not told of a name that could leave the storage', async () => {
    const location = await temporaryDirectory();
    const storage = new FileSystemStorage({ location, baseUrl: '/media/', keys });

    expect(() => storage.urlExpiresAt('../x')).toThrow('Cannot use "../x" as a file name');
  });
});
