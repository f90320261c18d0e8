import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  type MultipartUpload as OpenUpload,
} from '@aws-sdk/client-s3';
import type { UnfinishedWrite } from '@filefield/core';
import pLimit from 'p-limit';
import { addContentMd5 } from './content-md5.ts';
import { abortUpload } from './multipart-upload.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';

/** Requests of one removal that are under way at once. */
const atOnce = 4;

/** Removes an object; one that is missing is no error. */
export async function removeObject(bucket: S3Bucket, name: string): Promise<void> {
  try {
    await bucket.ask('s3:DeleteObject', name, async (client) =>
      client.send(new DeleteObjectCommand(bucket.object(name))),
    );
  } catch (error) {
    if (!(error instanceof S3Problem && error.code === 'NoSuchKey')) throw error;
  }
}

/** Removes objects, a thousand with each request; answers what failed. */
export async function removeObjects(
  bucket: S3Bucket,
  names: readonly string[],
): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>();
  const limit = pLimit(atOnce);
  const batches = batched([...new Set(names)], bucket.limits.deletes);
  const remove = async (batch: readonly string[]): Promise<void> => {
    try {
      for (const [name, problem] of await removeBatch(bucket, batch)) failures.set(name, problem);
    } catch (error) {
      const mayDoOne = error instanceof S3Problem && (error.isDenied || error.isUnable);
      const found = mayDoOne ? await removeOneByOne(bucket, batch) : undefined;
      for (const name of found === undefined ? batch : found.keys()) {
        failures.set(name, found?.get(name) ?? about(error, bucket, name));
      }
    }
  };
  await Promise.all(batches.map((batch) => limit(remove, batch)));
  return failures;
}

/**
 * Some servers (Ceph 16) ask for the right to delete on the bucket itself before they look at many objects, which no
 * policy for a prefix gives; each object alone may be allowed. Others do not know the request. `undefined`: the first one
 * fails too.
 */
async function removeOneByOne(
  bucket: S3Bucket,
  names: readonly string[],
): Promise<Map<string, unknown> | undefined> {
  const [first = '', ...others] = names;
  try {
    await removeObject(bucket, first);
  } catch {
    return undefined;
  }
  const failures = new Map<string, unknown>();
  const limit = pLimit(atOnce);
  const remove = async (name: string): Promise<void> => {
    await removeObject(bucket, name).catch((error: unknown) => failures.set(name, error));
  };
  await Promise.all(others.map((name) => limit(remove, name)));
  return failures;
}

async function removeBatch(
  bucket: S3Bucket,
  batch: readonly string[],
): Promise<Map<string, unknown>> {
  const Objects = batch.map((name) => ({ Key: bucket.key(name) }));
  const command = new DeleteObjectsCommand({ ...bucket.place, Delete: { Objects, Quiet: true } });
  if (bucket.options.endpoint !== undefined) addContentMd5(command);
  const { Errors = [] } = await bucket.ask('s3:DeleteObject', undefined, async (client) =>
    client.send(command),
  );
  const failures = new Map<string, unknown>();
  for (const { Key = '', Code = 'InternalError', Message } of Errors) {
    if (Code === 'NoSuchKey') continue;
    const need = { action: 's3:DeleteObject', bucket: bucket.name, key: Key };
    const status = Code === 'AccessDenied' ? 403 : 500;
    failures.set(bucket.nameOf(Key), new S3Problem(Code, need, { message: Message, status }));
  }
  return failures;
}

/** Aborts the open multipart uploads of names; answers what failed. */
export async function removeUploads(
  bucket: S3Bucket,
  names: readonly string[],
): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>();
  if (names.length === 0) return failures;
  const wanted = new Set(names);
  const limit = pLimit(atOnce);
  const abort = async (name: string, id: string): Promise<void> => {
    await abortUpload(bucket, name, id).catch((error: unknown) => failures.set(name, error));
  };
  try {
    for await (const uploads of openUploads(bucket, commonStart(names))) {
      const found = uploads.flatMap(({ Key = '', UploadId }) => {
        const name = bucket.nameOf(Key);
        return UploadId !== undefined && wanted.has(name) ? [{ name, id: UploadId }] : [];
      });
      await Promise.all(found.map(async ({ name, id }) => limit(abort, name, id)));
    }
  } catch (error) {
    for (const name of names) failures.set(name, error);
  }
  return failures;
}

/** The open multipart uploads whose names begin like this, page by page. */
export async function* openUploads(
  bucket: S3Bucket,
  start: string,
): AsyncGenerator<readonly OpenUpload[]> {
  let position: { KeyMarker: string; UploadIdMarker: string } | undefined;
  do {
    const input = {
      ...bucket.place,
      ...position,
      Prefix: bucket.key(start),
      MaxUploads: bucket.limits.page,
    };
    const page = await bucket.ask('s3:ListBucketMultipartUploads', undefined, async (client) =>
      client.send(new ListMultipartUploadsCommand(input)),
    );
    yield page.Uploads ?? [];
    const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
    position =
      IsTruncated === true && NextKeyMarker !== undefined
        ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker ?? '' }
        : undefined;
  } while (position !== undefined);
}

/** The open multipart uploads of the whole location. */
export async function* unfinishedUploads(bucket: S3Bucket): AsyncGenerator<UnfinishedWrite> {
  for await (const uploads of openUploads(bucket, '')) {
    for (const { Key = '', Initiated } of uploads) {
      yield { name: bucket.nameOf(Key), modifiedAt: Initiated ?? new Date(0) };
    }
  }
}

/** A request for many objects that is denied is denied for each of them. */
function about(error: unknown, bucket: S3Bucket, name: string): unknown {
  if (!(error instanceof S3Problem) || !error.isDenied) return error;
  const { code, need, message, status, requestId } = error;
  return new S3Problem(code, { ...need, key: bucket.key(name) }, { message, status, requestId });
}

function batched<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

function commonStart(names: readonly string[]): string {
  const [first = '', ...others] = names;
  let length = first.length;
  for (const other of others) {
    while (!other.startsWith(first.slice(0, length))) length -= 1;
  }
  return first.slice(0, length);
}
