import { ListPartsCommand } from '@aws-sdk/client-s3';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';

/** Bytes of all the parts that have arrived; `undefined` when there is no such upload. */
export async function uploadedSize(
  bucket: S3Bucket,
  name: string,
  uploadId: string,
): Promise<number | undefined> {
  let size = 0;
  let position: { readonly PartNumberMarker: string } | undefined;
  try {
    do {
      const input = {
        ...bucket.object(name),
        ...position,
        UploadId: uploadId,
        MaxParts: bucket.limits.page,
      };
      const page = await bucket.ask('s3:ListMultipartUploadParts', name, async (client) =>
        client.send(new ListPartsCommand(input)),
      );
      for (const { Size = 0 } of page.Parts ?? []) size += Size;
      const { IsTruncated, NextPartNumberMarker } = page;
      position =
        IsTruncated === true && NextPartNumberMarker !== undefined
          ? { PartNumberMarker: NextPartNumberMarker }
          : undefined;
    } while (position !== undefined);
    return size;
  } catch (error) {
    // Ceph calls it a key that is missing.
    const isGone = error instanceof S3Problem && error.isMissing && error.code !== 'NoSuchBucket';
    if (!isGone) throw error;
    return undefined;
  }
}
