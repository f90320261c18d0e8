import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { FieldFile } from '@filefield/core';
import {
  bucketConfiguration,
  probe,
  type BucketConfiguration,
  type S3Storage,
} from '@filefield/s3';
import { collectStatic } from '@filefield/static';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { Doc } from '../mikro-orm/lifecycle/entities.ts';
import { createApp, text } from '../mikro-orm/support.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { grantOther } from './grant-other.ts';
import { sentForm } from './sent-upload.ts';
import { client, createBucket, createStorage } from './support.ts';

const { other } = inject('s3Server');
const bucket = await createBucket();

describe.runIf(other)('under the IAM policy and the bucket configuration of its storages', () => {
  const credentials = other ?? { accessKeyId: '', secretAccessKey: '' };
  const media = createStorage({ bucket, prefix: 'media/', credentials });
  const assets = createStorage({
    bucket,
    prefix: 'static/',
    credentials,
    visibility: 'public',
    overwrite: true,
  });
  const storages = [media, assets];

  beforeAll(async () => {
    await apply(bucketConfiguration(storages, { origins: ['https://app.example.com'] }), storages);
  });

  it('the whole life of files goes on: flush, URL, direct upload, reclaiming, reconcile', async () => {
    const keys = ['k'.repeat(32)];
    const files = { environment: 'test', keys };
    const app = await createApp([Doc], { default: media, files });
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt', 'Hello') });
    await em.flush();
    const { url } = doc.file!;

    const announced = { filename: 'b.txt', maxSize: 9 };
    const { token, request } = await app.files.createUpload(Doc, 'file', announced);
    const sent = await sentForm(request, 'Bye');
    const signed = await fetch(url);
    const unsigned = await fetch(url.replace(/\?.*/, ''));
    doc.file = FieldFile.fromUpload(token);
    await em.flush();

    expect([sent.ok, await signed.text(), unsigned.status]).toEqual([true, 'Hello', 403]);
    expect(await app.reclaim()).toEqual(['b.txt']);
    expect(await app.files.reconcile({ aliases: ['default'] })).toMatchObject({
      references: 1,
      missing: [],
      problems: [],
    });
  });

  it('everybody reads collected static files, and nobody writes or lists them', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'app.css'), 'a {}');
    await collectStatic({ sources: [directory], storage: assets });

    const read = await fetch(assets.url('app.css'));
    const written = await fetch(assets.url('app.css'), { method: 'PUT', body: 'x' });
    const listed = await fetch(new URL(`/${bucket}?prefix=static/`, assets.url('app.css')));

    expect(await read.text()).toBe('a {}');
    expect([written.status, listed.status]).toEqual([403, 403]);
  });

  it.each([
    ['private', media],
    ['public', assets],
  ])('probe() finds nothing bad in the %s storage', async (_visibility, storage) => {
    const { isGood, findings } = await probe(storage);

    const states = new Map(findings.map(({ subject, state }) => [subject, state]));
    expect(isGood).toBe(true);
    expect(states.get('versioning')).toBe('good');
    expect(states.get('unfinished uploads')).toBe('good');
    expect(states.get('cors')).toBe('good');
  });
});

/** What an administrator does, but for the encryption: Ceph 16 refuses any as an invalid argument. */
async function apply(
  configuration: BucketConfiguration,
  storages: readonly S3Storage[],
): Promise<void> {
  const { Policy = '{"Statement":[]}' } = configuration['put-bucket-policy'] ?? {};
  const { PublicAccessBlockConfiguration: block, ...place } =
    configuration['put-public-access-block'];
  await client.send(
    new PutPublicAccessBlockCommand({
      ...place,
      // With this one Ceph 16 refuses whatever anybody writes.
      PublicAccessBlockConfiguration: { ...block, BlockPublicAcls: false },
    }),
  );
  await client.send(new PutBucketVersioningCommand(configuration['put-bucket-versioning']));
  await client.send(
    new PutBucketLifecycleConfigurationCommand(configuration['put-bucket-lifecycle-configuration']),
  );
  await client.send(new PutBucketCorsCommand(configuration['put-bucket-cors']!));
  await grantOther(storages, { probe: true }, JSON.parse(Policy).Statement);
}
