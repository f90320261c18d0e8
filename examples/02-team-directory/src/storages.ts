import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { FileSystemStorage, defineStorages } from '@filefield/core';
import type { FileStorage, Storages } from '@filefield/core';
import { storagesFromEnv } from '@filefield/s3';

type Alias = 'public' | 'private';

/** On this disk below a directory, or with `USE_REMOTE_STORAGE=1` in the bucket that the environment names. */
export function createStorages(directory: string): Storages<Alias> {
  const isRemote = process.env['USE_REMOTE_STORAGE'] === '1';
  return defineStorages(isRemote ? onS3(basename(directory)) : onDisk(join(directory, 'media')));
}

function onS3(prefix: string): Record<Alias, () => FileStorage> {
  return storagesFromEnv({
    aliases: ['public', 'private'],
    storages: {
      // Signed all the same, so that the bucket may stay closed; for a while the URLs stay the same.
      public: { prefix: `${prefix}/public`, visibility: 'public', signedUrls: true },
      private: { prefix: `${prefix}/private` },
    },
  });
}

function onDisk(media: string): Record<Alias, () => FileStorage> {
  // Signs URLs; an application that runs in several processes keeps it as a secret.
  const keys = [randomUUID()];
  return {
    public: () =>
      new FileSystemStorage({
        location: join(media, 'public'),
        baseUrl: '/media/public/',
        visibility: 'public',
      }),
    private: () =>
      new FileSystemStorage({
        location: join(media, 'private'),
        baseUrl: '/media/private/',
        uploadUrl: '/uploads',
        keys,
      }),
  };
}
