import { join } from 'node:path';
import { defineStorages } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';
import { S3Storage, type S3StorageOptions } from '@filefield/s3';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createApp } from '../mikro-orm/support.ts';
import { Doc } from '../mikro-orm/lifecycle/entities.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { rsaKey } from './rsa-key.ts';

const bucket = { bucket: 'acme', region: 'eu-central-1' } as const;
const domain = { ...bucket, customDomain: 'media.example.com' } as const;
const cloudfront = { keyPairId: 'K2JCJMDEHXQW5F', privateKey: rsaKey };

beforeEach(async () => {
  const nowhere = join(await temporaryDirectory(), 'none');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', nowhere);
  vi.stubEnv('AWS_CONFIG_FILE', nowhere);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) {
    vi.stubEnv(name, undefined);
  }
  return () => vi.unstubAllEnvs();
});

describe('without credentials of AWS', () => {
  it.each<[what: string, options: S3StorageOptions, url: RegExp]>([
    ['CloudFront', { ...domain, cloudfront }, /Key-Pair-Id=K2JCJMDEHXQW5F&Signature=/],
    ['another network', { ...domain, urlSigner: ({ url }) => `${url}?by=hook` }, /\?by=hook$/],
    ['nobody', { ...bucket, visibility: 'public' }, /\/a\.txt$/],
  ])('a storage whose URLs %s signs gets ready', async (_what, options, url) => {
    const storages = defineStorages({ media: () => new S3Storage(options) });
    const row = { storage: 'media', name: 'a.txt' };
    const file = fileBinding.hydrate(row, { storage: () => storages.get('media') });

    await storages.ready();

    expect(file.url).toMatch(url);
    expect(await file.getUrlAsync()).toBe(file.url);
  });

  it.each<[what: string, options: S3StorageOptions]>([
    ['whose URLs it would sign itself', bucket],
    ['that was to have some', { ...domain, cloudfront, profile: 'nobody' }],
  ])('a storage %s says so', async (_what, options) => {
    const storages = defineStorages({ media: () => new S3Storage(options) });

    await expect(storages.ready()).rejects.toThrow(
      'Cannot get the credentials in storage "media": none could be fetched (CredentialsProviderError)',
    );
  });

  it('an application gets ready, and is told that it owns no location', async () => {
    const storage = new S3Storage({ ...domain, cloudfront });
    const app = await createApp([Doc], { default: storage, files: { environment: 'test' } });

    await app.files.ready();

    expect(app.log).toContainEqual(
      expect.stringMatching(
        /^Cannot take the location of storage "default": .* no credentials are found/,
      ),
    );
  });
});
