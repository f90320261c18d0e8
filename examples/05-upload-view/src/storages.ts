import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSystemStorage, defineStorages } from '@filefield/core';
import { storagesFromEnv } from '@filefield/s3';

const onDisk = {
  uploads: () =>
    new FileSystemStorage({
      location: join(tmpdir(), 'filefield-uploads'),
      baseUrl: '/media/',
      keys: [process.env['URL_KEY'] ?? 'at least 32 characters that nobody knows'],
    }),
};

const isRemote = process.env['USE_REMOTE_STORAGE'] === '1';

/** A directory of this machine, or the bucket that the environment names. */
export const storages = defineStorages(
  isRemote ? storagesFromEnv({ aliases: ['uploads'] }) : onDisk,
);
