import { HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { FileStat } from '@filefield/core';
import { incomingDirectory } from '@filefield/core/binding';
import { isAbsent } from './absent-object.ts';
import { metadataKeys } from './object-metadata.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';

/** What the server knows of an object. */
export type ObjectHead = HeadObjectCommandOutput;

/** Asks about an object; `undefined` when there is none. */
export async function headObject(
  bucket: S3Bucket,
  name: string,
  signal?: AbortSignal,
): Promise<ObjectHead | undefined> {
  const input = {
    ...bucket.object(name),
    ...bucket.customerKey,
    ...(bucket.options.checksums === 'when-supported' ? { ChecksumMode: 'ENABLED' as const } : {}),
  };
  try {
    const head = await bucket.ask(
      's3:GetObject',
      name,
      async (client, how) => client.send(new HeadObjectCommand(input), how),
      signal,
    );
    return believed(name, head);
  } catch (error) {
    if (!(error instanceof S3Problem)) throw error;
    const isUnexplained = error.isDenied || error.code === '400';
    if (isUnexplained && (await isAbsent(bucket, name, signal)) && error.isDenied) return undefined;
    if (!error.isMissing) throw error;
    await bucket.assertThere();
    return undefined;
  }
}

/** What a storage tells of an object. */
export function statOf(name: string, head: ObjectHead): FileStat {
  return {
    name,
    size: originalSize(head) ?? head.ContentLength ?? 0,
    modifiedAt: head.LastModified ?? new Date(0),
    type: head.ContentType,
    etag: head.ETag,
    sha256: head.Metadata?.[metadataKeys.sha256] ?? enforcedHash(head),
  };
}

/** Whether the object was written by whoever had a signed request, not by this library. */
export function isIncoming(name: string): boolean {
  return name.startsWith(`${incomingDirectory}/`);
}

/**
 * What the server told of an object, without what its sender may have said in the library's name: not every server keeps
 * the bearer of a signed PUT from adding metadata.
 */
export function believed<T extends Pick<ObjectHead, 'Metadata'>>(name: string, told: T): T {
  return isIncoming(name) ? { ...told, Metadata: {} } : told;
}

/** SHA-256 that the server itself compared the bytes with; that of parts is none of the whole. */
function enforcedHash(head: ObjectHead): string | undefined {
  const { ChecksumSHA256 = '', ChecksumType = 'FULL_OBJECT' } = head;
  const isWhole = ChecksumType === 'FULL_OBJECT' && /^[\w+/]{43}=$/.test(ChecksumSHA256);
  if (!isWhole || originalSize(head) !== undefined) return undefined;
  return Buffer.from(ChecksumSHA256, 'base64').toString('hex');
}

/** The media type of an object. */
export function typeOf({ ContentType = 'application/octet-stream' }: ObjectHead): string {
  return ContentType;
}

/** Whether the object was written under this upload id. */
export function isOwn(head: ObjectHead, uploadId: string): boolean {
  return head.Metadata?.[metadataKeys.upload] === uploadId;
}

/** The size before compression of an object that this library compressed; `undefined` for every other object. */
export function originalSize({
  ContentEncoding,
  Metadata,
}: Pick<ObjectHead, 'ContentEncoding' | 'Metadata'>): number | undefined {
  const size = Metadata?.[metadataKeys.size];
  return ContentEncoding === 'gzip' && size !== undefined ? Number(size) : undefined;
}
