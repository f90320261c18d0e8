import { join } from 'node:path';
import {
  fallbackStorage,
  FileSystemStorage,
  MemoryStorage,
  type FileStorage,
} from '@filefield/core';
import { meetsNeeds, storageContract } from '@filefield/core/testing';
import { describe, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';

function inMemory(): FileStorage {
  return fallbackStorage({ primary: new MemoryStorage(), fallback: new MemoryStorage() });
}

function onDisk(directory: string): FileStorage {
  const create = (name: string): FileStorage =>
    new FileSystemStorage({
      location: join(directory, name),
      baseUrl: '/media/',
      uploadUrl: '/uploads',
      keys: ['k'.repeat(32)],
    });
  return fallbackStorage({ primary: create('primary'), fallback: create('fallback') });
}

describe('a fallback storage of two in memory keeps the storage contract:', () => {
  it.each(storageContract.filter((one) => meetsNeeds(inMemory(), one)))(
    '$title',
    async ({ run }) => {
      await run(inMemory());
    },
  );
});

describe('a fallback storage of two disks keeps the storage contract:', () => {
  it.each(storageContract.filter(({ needs }) => needs !== 'path'))('$title', async ({ run }) => {
    await run(onDisk(await temporaryDirectory()));
  });
});
