import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';

/**
 * Whether a request was denied only because there is no such object. Servers tell that to who may list its name; older
 * ones (Ceph before 2026) forget that a policy may allow it below a prefix, and deny. The listing itself is allowed.
 *
 * @throws {@link S3Problem} when the listing fails for another reason, which a HEAD has no body to tell: wrong keys, a
 * token that has expired …
 */
export async function isAbsent(
  bucket: S3Bucket,
  name: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const key = bucket.key(name);
  const input = { ...bucket.place, Prefix: key, MaxKeys: 1 };
  try {
    const { Contents = [] } = await bucket.ask(
      's3:ListBucket',
      undefined,
      async (client, how) => client.send(new ListObjectsV2Command(input), how),
      signal,
    );
    // What a name begins with comes before it.
    return Contents[0]?.Key !== key;
  } catch (error) {
    if (error instanceof S3Problem && error.isDenied) return false;
    throw error;
  }
}
