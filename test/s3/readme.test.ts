import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineStorages } from '@filefield/core';
import {
  bucketConfiguration,
  iamPolicy,
  S3Storage,
  s3Storages,
  staticOptions,
  storagesFromEnv,
} from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import { djangoNames } from '../../packages/s3/src/django-names.ts';
import { optionChecks } from '../../packages/s3/src/option-checks.ts';
import { answeringServer } from '../support/answering-server.ts';
import { workspace } from '../support/packed-packages.ts';
import { rsaKey } from './rsa-key.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret' };

describe('the README of @filefield/s3 shows how to', () => {
  it('use a bucket', () => {
    // #region storage
    const storages = defineStorages({
      default: () =>
        new S3Storage({ bucket: 'acme-media', region: 'eu-central-1', prefix: 'media/' }),
    });
    // #endregion

    expect(storages.get('default').location).toBe('s3://s3.amazonaws.com/acme-media/media/');
  });

  it('let a browser upload', async () => {
    const endpoint = await answeringServer(({ method }) => ({
      status: method === 'POST' ? 204 : 500,
    }));
    const storage = new S3Storage({ bucket: 'acme', region: 'us-east-1', endpoint, credentials });
    const [name, file] = ['incoming/a', new File(['%PDF-1.7'], 'a.pdf')];

    // #region upload
    const grant = { name, type: 'application/pdf', maxSize: 20_000_000, expiresIn: 600 };
    const { url, fields } = await storage.createUpload(grant);

    const body = new FormData();
    for (const [field, value] of Object.entries(fields ?? {})) body.set(field, value);
    body.set('file', file); // the last one
    const { status } = await fetch(url, { method: 'POST', body });
    // #endregion

    expect(status).toBe(204);
  });

  it('share options', () => {
    // #region shared
    const storages = defineStorages(
      s3Storages({
        shared: {
          region: 'eu-central-1',
          objectParameters: { StorageClass: 'INTELLIGENT_TIERING' },
        },
        storages: {
          public: {
            bucket: 'acme-public',
            visibility: 'public',
            customDomain: 'media.example.com',
          },
          private: { bucket: 'acme-private', urlExpiresIn: 600 },
        },
      }),
    );
    // #endregion

    expect(storages.get('public').url('avatars/me.png')).toBe(
      'https://media.example.com/avatars/me.png',
    );
  });

  it('take options from the environment', () => {
    const environment = {
      FILEFIELD_S3_REGION: 'eu-central-1',
      FILEFIELD_S3_PUBLIC__BUCKET: 'acme-public',
      FILEFIELD_S3_PRIVATE__BUCKET: 'acme-private',
    };

    // #region environment
    const storages = defineStorages(
      storagesFromEnv({ aliases: ['public', 'private'], environment }),
    );
    // #endregion

    expect(storages.get('private').location).toBe('s3://s3.amazonaws.com/acme-private/');
  });

  it('keep static files', () => {
    // #region static
    const storages = defineStorages({
      static: () => new S3Storage(staticOptions({ bucket: 'acme-static', region: 'eu-central-1' })),
    });
    // #endregion

    expect(storages.get('static').url('css/app.css')).toBe(
      'https://acme-static.s3.eu-central-1.amazonaws.com/css/app.css',
    );
  });

  it('use another server', () => {
    // #region server
    const storage = new S3Storage({
      bucket: 'acme-media',
      endpoint: 'http://minio:9000', // as this process reaches it
      publicEndpoint: 'https://files.example.com', // as browsers reach it
      region: 'us-east-1',
      forcePathStyle: true,
      credentials,
    });
    // #endregion

    expect(storage.url('a.txt')).toMatch(/^https:\/\/files\.example\.com\/acme-media\/a\.txt\?/);
  });

  it('make URLs', () => {
    const storage = new S3Storage({ bucket: 'acme-private', region: 'eu-central-1', credentials });
    const versionId = 'v1';

    // #region urls
    const url = storage.url('letters/hello.txt'); // signed, no request, the same for half an hour
    const ends = storage.urlExpiresAt('letters/hello.txt');
    const short = storage.url('letters/hello.txt', { expiresIn: 60 });
    const download = storage.url('letters/hello.txt', {
      download: 'Hello.txt',
      type: 'text/plain',
    });
    const earlier = storage.url('letters/hello.txt', { versionId });
    const head = storage.url('letters/hello.txt', { method: 'HEAD' });
    // #endregion

    expect(new Set([url, short, download, earlier, head]).size).toBe(5);
    expect(ends).toBeInstanceOf(Date);
  });

  it('sign for CloudFront', () => {
    const privateKey = rsaKey;

    // #region cloudfront
    const storage = new S3Storage({
      bucket: 'acme-private',
      region: 'eu-central-1',
      customDomain: 'media.example.com',
      cloudfront: { keyPairId: 'K2JCJMDEHXQW5F', privateKey },
    });

    const url = storage.url('films/7/part-1.ts');
    const limited = storage.url('films/7/part-1.ts', { ipAddress: '192.0.2.0/24' });
    const cookies = storage.signedCookies({ path: 'films/7/*', expiresIn: 3600 });
    const headers = Object.entries(cookies).map(
      ([name, value]) => `${name}=${value}; Domain=example.com; Path=/; Secure; HttpOnly`,
    );
    // #endregion

    expect(url).toMatch(
      /^https:\/\/media\.example\.com\/films\/7\/part-1\.ts\?Expires=\d+&Key-Pair/,
    );
    expect(limited).toContain('?Policy=');
    expect(headers[0]).toMatch(/^CloudFront-Policy=[\w~-]+; Domain=example\.com/);
  });

  it('write a policy', () => {
    const storages = defineStorages({
      default: () => new S3Storage({ bucket: 'acme', region: 'eu-central-1', prefix: 'media' }),
    });

    // #region policy
    const policy = JSON.stringify(iamPolicy(storages), undefined, 2);
    // #endregion

    expect(policy).toContain('"arn:aws:s3:::acme/media/*"');
  });

  it('write the configuration of a bucket', () => {
    const place = { bucket: 'acme', region: 'eu-central-1' };
    const storages = defineStorages({
      media: () => new S3Storage({ ...place, prefix: 'media' }),
      static: () => new S3Storage({ ...place, prefix: 'static', visibility: 'public' }),
      exports: () => new S3Storage({ ...place, prefix: 'exports' }),
    });
    const commands: string[] = [];

    // #region bucket
    const configuration = bucketConfiguration(storages, {
      origins: ['https://app.example.com'], // whose pages upload
      expireAfter: { exports: 7 }, // days
    });
    for (const [command, input] of Object.entries(configuration)) {
      commands.push(`aws s3api ${command} --cli-input-json '${JSON.stringify(input)}'`);
    }
    // #endregion

    expect(commands).toHaveLength(6);
  });
});

describe('the README of @filefield/s3 lists', async () => {
  const text = await readFile(join(workspace, 'packages/s3/README.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));

  it.each(Object.keys(optionChecks))('the option %s', (option) => {
    expect(rows.filter((row) => row.startsWith(`| \`${option}\` |`))).toHaveLength(1);
  });

  it.each([...djangoNames])('the setting %s of django-storages at %s', (setting, option) => {
    const row = rows.find((line) => line.startsWith(`| \`${option}\` |`));

    expect(row).toContain(`\`${setting}\``);
  });
});
