import { S3Storage, type S3StorageOptions } from '@filefield/s3';
import { describe, expect, it } from 'vitest';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret' };
const frankfurt = { region: 'eu-central-1' };
const gateway = { region: 'us-east-1', endpoint: 'https://gateway.example.com/one' };

function storage(bucket: string, options: Partial<S3StorageOptions>): S3Storage {
  return new S3Storage({ bucket, credentials, ...options });
}

describe('a copy between storages', () => {
  it.each<
    [what: string, from: Partial<S3StorageOptions>, to: Partial<S3StorageOptions>, why: string]
  >([
    ['another server', gateway, frankfurt, 'the storages are on different servers'],
    [
      'another path of a server',
      gateway,
      { ...gateway, endpoint: 'https://gateway.example.com/two' },
      'the storages are on different servers',
    ],
    [
      'another partition of AWS',
      { region: 'cn-north-1' },
      frankfurt,
      'the storages are on different servers',
    ],
    [
      'another region, accelerated',
      { region: 'us-east-1' },
      { ...frankfurt, accelerate: true },
      'the accelerated endpoint copies within its region only',
    ],
  ])('is not asked for across %s', async (_what, from, to, why) => {
    const copying = storage('to', to).copyFrom(storage('from', from), 'a.txt', 'b.txt');

    await expect(copying).rejects.toMatchObject({ code: 'UNSUPPORTED_OPERATION' });
    await expect(copying).rejects.not.toHaveProperty('cause');
    await expect(copying).rejects.toThrow(
      `Cannot copy: ${why}; open() the one and save() to the other`,
    );
  });
});
