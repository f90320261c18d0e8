import { join } from 'node:path';

import { FileSystemStorage, type FileStorage } from '@filefield/core';
import { failingStorage, meetsNeeds, storageContract } from '@filefield/core/testing';
import { describe, it } from 'vitest';

import { temporaryDirectory } from '../support/temporary-directory.ts';

async function createStorage(): Promise<FileStorage> {
  const location = join(await temporaryDirectory(), 'media');
  return new FileSystemStorage({
    location,
    baseUrl: '/media/',
    uploadUrl: '/uploads',
    keys: ['k'.repeat(32)],
  });
}

describe.each<[what: string, create: () => Promise<FileStorage>]>([
  ['FileSystemStorage', createStorage],
  [
    'FileSystemStorage behind a failing storage without faults',
    async () => failingStorage(await createStorage()),
  ],
])('%s keeps the storage contract:', (_what, create) => {
  it.each(storageContract)('$title', async (one) => {
    const storage = await create();

    await (meetsNeeds(storage, one) ? one.run(storage) : undefined);
  });
});
