import { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { ByteRange, ObjectBody } from '@filefield/core';
import { gunzipped } from './compression.ts';
import { headObject, originalSize } from './object-head.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';

/** Starts to read an object, or a part of it; `undefined` when there is none. */
export async function readObject(
  bucket: S3Bucket,
  name: string,
  range: ByteRange,
): Promise<ObjectBody | undefined> {
  const { start, end, signal } = range;
  if (end <= start) {
    return (await headObject(bucket, name, signal)) === undefined ? undefined : nothing();
  }
  const isWhole = start === 0 && end === Infinity;
  try {
    const output = await getObject(bucket, name, isWhole ? undefined : range, signal);
    const size = originalSize(output);
    if (size === undefined) return stored(bucket, name, output, isWhole);
    if (isWhole) return { length: size, bytes: gunzipped(closing(output)) };
    // Where a byte of the original is within the compressed ones is not known.
    destroy(output);
    const whole = await getObject(bucket, name, undefined, signal);
    return cut(gunzipped(closing(whole)), range, originalSize(whole) ?? size);
  } catch (error) {
    if (!(error instanceof S3Problem)) throw error;
    if (error.status === 416) return nothing();
    // A bucket that is missing is a failure, an object that is missing is an answer.
    if (error.isMissing && error.code !== 'NoSuchBucket') return undefined;
    throw error;
  }
}

function nothing(): ObjectBody {
  return { length: 0, bytes: Readable.from([]) };
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
  return await bucket.ask(
    's3:GetObject',
    name,
    async (client, how) => client.send(new GetObjectCommand(input), how),
    signal,
  );
}

function rangeHeader({ start, end }: ByteRange): string {
  return `bytes=${start}-${end === Infinity ? '' : end - 1}`;
}

function stored(
  bucket: S3Bucket,
  name: string,
  output: GetObjectCommandOutput,
  isWhole: boolean,
): ObjectBody {
  if (!isWhole && output.ContentRange === undefined) {
    destroy(output);
    const need = { action: 's3:GetObject', bucket: bucket.name, key: bucket.key(name) };
    throw new S3Problem('NotImplemented', need, { status: 200 });
  }
  return { length: output.ContentLength ?? 0, bytes: closing(output) };
}

/** The bytes of an answer; who stops early closes the connection at once, also while the next bytes are on their way. */
function closing({ Body }: GetObjectCommandOutput): AsyncIterable<Uint8Array> {
  if (!(Body instanceof Readable)) return Readable.from([]);
  const iterator: AsyncIterator<Uint8Array> = Body[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => iterator.next(),
      async return() {
        Body.destroy();
        return { done: true, value: undefined };
      },
    }),
  };
}

function destroy({ Body }: GetObjectCommandOutput): void {
  if (!(Body instanceof Readable)) return;
  Body.on('error', () => undefined);
  Body.destroy();
}

function cut(
  bytes: AsyncIterable<Uint8Array>,
  { start, end }: ByteRange,
  size: number,
): ObjectBody {
  const last = Math.min(end, size);
  const first = Math.min(start, last);
  return { length: last - first, bytes: between(bytes, first, last) };
}

async function* between(
  bytes: AsyncIterable<Uint8Array>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  let position = 0;
  for await (const chunk of bytes) {
    const part = chunk.subarray(Math.max(0, start - position), Math.max(0, end - position));
    position += chunk.byteLength;
    if (part.byteLength > 0) yield part;
    if (position >= end) return;
  }
}
