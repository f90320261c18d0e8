import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { asLibrary } from '@filefield/core/binding';
import { iamPolicy, type S3Storage } from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import { client, createBucket, createStorage, names, serverOptions } from '../s3/support.ts';
import { createDatabase } from '../support/database.ts';
import { startCdn } from './cdn.ts';
import { good, runExample } from './run-example.ts';

const { endpoint, region, credentials } = serverOptions;

describe('the example 04-two-buckets', () => {
  it('keeps avatars behind a domain of their own, and documents private', async () => {
    const avatars = createStorage({ bucket: await publishedBucket(), prefix: '' });
    const documents = createStorage({ bucket: await createBucket(), prefix: '' });
    const domain = await startCdn(`${endpoint}/${avatars.bucket}`);

    const ended = await runExample('04-two-buckets', 'tsx src/main.ts', {
      DATABASE_URL: (await createDatabase()).url,
      APP_ENVIRONMENT: 'staging',
      FILEFIELD_S3_PUBLIC__BUCKET: avatars.bucket,
      FILEFIELD_S3_PUBLIC__CUSTOM_DOMAIN: domain.url,
      FILEFIELD_S3_PRIVATE__BUCKET: documents.bucket,
      FILEFIELD_S3_REGION: region,
      FILEFIELD_S3_ENDPOINT: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    });

    const policy = JSON.stringify(iamPolicy([avatars, documents]), undefined, 2);
    const stdout = report(domain.url, `${endpoint}/${documents.bucket}`, policy);
    expect(ended).toEqual({ ...good, stdout });
    expect(domain.requests).toEqual([
      expect.stringMatching(/^GET \/avatars\/lighthouse_\w+\.png$/),
    ]);
    expect(await names(avatars)).toEqual([]);
    expect(await names(documents)).toEqual([]);
    expect(await ownerOf(avatars)).toMatchObject({ environment: 'staging' });
    expect(await ownerOf(documents)).toEqual(await ownerOf(avatars));
  }, 120_000);
});

const report = (media: string, bucket: string, policy: string): string => `Saved, with one flush:
  avatar    34373 bytes, image/png, ${media}/avatars/lighthouse_….png
  document  794 bytes, application/pdf, ${bucket}/documents/ada/agreement_….pdf?<signed for 600 seconds>
What browsers get:
  avatar                           200, image/png, public, max-age=31536000, immutable
  document                         200, application/pdf
  document, without its signature  403, application/xml
Read in chunks: 300 + 300 + 194 bytes
Renamed: ${media}/avatars/portrait_….png
Removed: 3 objects were deleted
What the role of this application has to be allowed:
${policy}
`;

/** Whose the bucket is, as the library noted it. */
async function ownerOf(storage: S3Storage): Promise<unknown> {
  return new Response(await storage.open('.filefield/owner', asLibrary({}))).json();
}

/** A bucket that everybody may read. */
async function publishedBucket(): Promise<string> {
  const Bucket = await createBucket();
  const Resource = `arn:aws:s3:::${Bucket}/*`;
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  return Bucket;
}
