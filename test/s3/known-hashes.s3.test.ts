import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { noteHash } from '../../packages/s3/src/known-hashes.ts';
import { createBucket, createStorage, sha256 } from './support.ts';

const bucket = await createBucket();

describe('a request whose body was hashed before', () => {
  it('is signed with that hash: the server takes these bytes', async () => {
    const { client } = createStorage({ bucket });
    const Body = Buffer.from('bytes');

    noteHash(Body, await sha256(Body));
    const { $metadata } = await client.send(
      new PutObjectCommand({ Bucket: bucket, Key: 'a', Body }),
    );

    expect($metadata.httpStatusCode).toBe(200);
  });

  it('is signed with that hash: the server refuses other bytes', async () => {
    const { client } = createStorage({ bucket });
    const Body = Buffer.from('other');

    noteHash(Body, await sha256('bytes'));
    const sent = client.send(new PutObjectCommand({ Bucket: bucket, Key: 'b', Body }));

    await expect(sent).rejects.toMatchObject({ name: 'XAmzContentSHA256Mismatch' });
  });
});
