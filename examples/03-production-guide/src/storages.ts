import { FileSystemStorage, defineStorages, fallbackStorage } from '@filefield/core';
import type { FileStorage } from '@filefield/core';
import { S3Storage, staticOptions, type S3StorageOptions } from '@filefield/s3';
import { settings } from './settings.ts';

// #region storages
/** `acme-guide-prod-media`: whose, of what, for which deployment, for what purpose. */
function bucketFor(purpose: 'static' | 'media' | 'exports'): S3StorageOptions {
  const { organization, project, environment, buckets, region, endpoint } = settings;
  const isShared = buckets === '2' && purpose !== 'static';
  const bucket = [organization, project, environment, isShared ? 'private' : purpose].join('-');
  return { bucket, prefix: isShared ? `${purpose}/` : '', region, endpoint };
}

/** Uploads as they were before there were buckets: on the disk of the server. */
function disk(): FileStorage {
  return new FileSystemStorage({
    location: settings.directory,
    baseUrl: '/media/',
    keys: settings.keys,
  });
}

/** Private: URLs are signed, and end after ten minutes. */
function bucket(): FileStorage {
  return new S3Storage({ ...bucketFor('media'), urlExpiresIn: 600 });
}

/** Where uploads are, as far as the move has come. Fields say `media` and never change. */
const media: Readonly<Record<typeof settings.media, () => FileStorage>> = {
  disk,
  moving: () => fallbackStorage({ primary: bucket(), fallback: disk() }),
  bucket,
  returning: () => fallbackStorage({ primary: disk(), fallback: bucket() }),
};

export const storages = defineStorages({
  media: media[settings.media],
  // Both ends of the move by names of their own, for `filefield migrate --from disk --to bucket`.
  disk,
  bucket,
  // Lists that somebody asked for: forgotten after a week, and by the bucket itself after two.
  exports: () => new S3Storage({ ...bucketFor('exports'), urlExpiresIn: 300 }),
  // Part of the program, not of its data: public, cached for ever, behind a domain of its own.
  static: () =>
    new S3Storage(staticOptions({ ...bucketFor('static'), customDomain: settings.staticDomain })),
});

declare module '@filefield/core' {
  interface Register {
    storages: typeof storages;
  }
}
// #endregion
