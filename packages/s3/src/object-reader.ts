import { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { ByteRange, ObjectBody } from '@filefield/core';
import { isAbsent } from './absent-object.ts';
import { gunzipped } from './compression.ts';
import { believed, headObject, originalSize } from './object-head.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';
import { streamBytes } from './stream-bytes.ts';

/** Starts to read an object, or a part of it; `undefined` when there is none. */
export async function readObject(
  bucket: S3Bucket,
  name: string,
  range: ByteRange,
): Promise<ObjectBody | undefined> {
  const { start, end, signal } = range;
  if (end <= start) return await bytesBehind(bucket, name, { ...range, start: Infinity });
  const isWhole = start === 0 && end === Infinity;
  try {
    const output = await getObject(bucket, name, isWhole ? undefined : range, signal);
    const body = bodyOf(output);
    const size = originalSize(output);
    const { ETag: etag, ContentLength: length = 0 } = output;
    if (size === undefined) return { length, etag, bytes: streamBytes(body) };
    if (isWhole) return { length: size, etag, bytes: streamBytes(gunzipped(streamBytes(body))) };
    abandon(body);
    return await unzippedPart(bucket, name, range, size);
  } catch (error) {
    if (!(error instanceof S3Problem)) throw error;
    if (error.status === 416) return await bytesBehind(bucket, name, range);
    // A bucket that is missing is a failure, an object that is missing is an answer.
    if (error.isMissing && error.code !== 'NoSuchBucket') return undefined;
    if (error.isDenied && (await isAbsent(bucket, name, signal))) return undefined;
    throw error;
  }
}

/** Behind the end of what is stored there is nothing, unless that is compressed. */
async function bytesBehind(
  bucket: S3Bucket,
  name: string,
  range: ByteRange,
): Promise<ObjectBody | undefined> {
  const head = await headObject(bucket, name, range.signal);
  const size = head && originalSize(head);
  if (size !== undefined && range.start < size) return unzippedPart(bucket, name, range, size);
  return head && { length: 0, etag: head.ETag, bytes: streamBytes(Readable.from([])) };
}

/** Where a byte of the original is within the compressed ones is not known: all of them are read up to it. */
async function unzippedPart(
  bucket: S3Bucket,
  name: string,
  { start, end, signal }: ByteRange,
  size: number,
): Promise<ObjectBody> {
  const output = await getObject(bucket, name, undefined, signal);
  const last = Math.min(end, size);
  const first = Math.min(start, last);
  const unzipped = gunzipped(streamBytes(bodyOf(output)));
  const bytes = streamBytes(unzipped, first, last);
  return { length: last - first, etag: output.ETag, bytes };
}

async function getObject(
  bucket: S3Bucket,
  name: string,
  range: ByteRange | undefined,
  signal: AbortSignal | undefined,
): Promise<GetObjectCommandOutput> {
  const input = {
    ...bucket.object(name),
    ...bucket.customerKey,
    ...(range === undefined ? {} : { Range: rangeHeader(range) }),
  };
  const output = await bucket.ask(
    's3:GetObject',
    name,
    async (client, how) => client.send(new GetObjectCommand(input), how),
    signal,
  );
  if (range === undefined || output.ContentRange !== undefined) return believed(name, output);
  // All of the object would be taken for a part of it.
  abandon(bodyOf(output));
  const need = { action: 's3:GetObject with a range', bucket: bucket.name, key: bucket.key(name) };
  throw new S3Problem('NotImplemented', need, { status: 501 });
}

function rangeHeader({ start, end }: ByteRange): string {
  return `bytes=${start}-${end === Infinity ? '' : end - 1}`;
}

function bodyOf({ Body }: GetObjectCommandOutput): Readable {
  return Body instanceof Readable ? Body : Readable.from([]);
}

function abandon(body: Readable): void {
  body.on('error', () => undefined);
  body.destroy();
}
