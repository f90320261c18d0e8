import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { FileSystemStorage, defineStorages } from '@filefield/core';
import type { FileStorage, Storages } from '@filefield/core';
import { storagesFromEnv } from '@filefield/s3';

// #region register
declare module '@filefield/core' {
  interface Register {
    storages: Storages<Alias>;
  }
}

type Alias = 'public' | 'private';
// #endregion

// #region storages
/** One setting decides where all files live; fields know nothing but the two aliases. */
export function createStorages(directory: string): Storages<Alias> {
  const isRemote = process.env['USE_REMOTE_STORAGE'] === '1';
  return defineStorages(isRemote ? onS3(basename(directory)) : onDisk(join(directory, 'media')));
}

/** The bucket, its region and the keys come from the environment: FILEFIELD_S3_BUCKET and so on. */
function onS3(prefix: string): Record<Alias, () => FileStorage> {
  return storagesFromEnv({
    aliases: ['public', 'private'],
    storages: {
      public: { prefix: `${prefix}/public`, visibility: 'public' },
      private: { prefix: `${prefix}/private` },
    },
  });
}

function onDisk(media: string): Record<Alias, () => FileStorage> {
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
        keys: [randomUUID()], // signs URLs; an application keeps it as a secret
      }),
  };
}
// #endregion
