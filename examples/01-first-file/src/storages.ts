import { join } from 'node:path';
import { FileSystemStorage, defineStorages } from '@filefield/core';
import type { Storages } from '@filefield/core';

// #region register
declare module '@filefield/core' {
  interface Register {
    storages: Storages<'public' | 'private'>;
  }
}
// #endregion

// #region storages
/** One setting decides where all files live; fields know nothing but the two aliases. */
export function createStorages(media: string): Storages<'public' | 'private'> {
  const place = process.env['USE_REMOTE_STORAGE'] === '1' ? 'remote' : 'local';
  return defineStorages({
    public: () =>
      new FileSystemStorage({
        location: join(media, place, 'public'),
        baseUrl: '/media/',
        visibility: 'public',
      }),
    private: () => new FileSystemStorage({ location: join(media, place, 'private') }),
  });
}
// #endregion
