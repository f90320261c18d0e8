import { CopyObjectCommand, type CopyObjectCommandInput } from '@aws-sdk/client-s3';
import type { WriteOptions } from '@filefield/core';
import type { ConditionalWrites } from './conditional-writes.ts';
import { copySource } from './copy-source.ts';
import { GuardedWrite, type Ended } from './guarded-write.ts';
import { Lanes } from './lanes.ts';
import { copying, MultipartUpload } from './multipart-upload.ts';
import { headObject, type ObjectHead } from './object-head.ts';
import type { ObjectParameters } from './object-parameters.ts';
import type { CustomerKey, S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';
import { writeHeaders } from './write-headers.ts';

/** Copies objects on the server, within a bucket and from one to another. */
export class ObjectCopier {
  readonly #bucket: S3Bucket;
  readonly #conditional: ConditionalWrites;

  constructor(bucket: S3Bucket, conditional: ConditionalWrites) {
    this.#bucket = bucket;
    this.#conditional = conditional;
  }

  /** Afterwards `to` holds the bytes of `from`; `missing` where there is no `from`. */
  async copy(
    origin: S3Bucket,
    from: string,
    to: string,
    options: WriteOptions,
  ): Promise<Ended | 'missing'> {
    const target = new GuardedWrite(this.#bucket, this.#conditional, to, options);
    for (let attempt = 1; ; attempt += 1) {
      const head = await headObject(origin, from, options.signal);
      if (head === undefined) return 'missing';
      const { ContentLength = 0 } = head;
      const isLarge = ContentLength > this.#bucket.limits.copy;
      const copy: Copy = { origin, from, head, size: ContentLength, target };
      try {
        return await (isLarge ? this.#copyParts(copy) : this.#copyAtOnce(copy));
      } catch (error) {
        // The origin was replaced or removed between the requests.
        const hasChanged =
          error instanceof S3Problem &&
          (error.isConflict || error.code === 'NoSuchKey' || error.status === 416);
        if (!hasChanged || attempt === attempts) throw error;
      }
    }
  }

  async #copyAtOnce(copy: Copy): Promise<Ended> {
    try {
      return await this.#copyWhole(copy);
    } catch (error) {
      // Ceph copies no objects with a customer's key, but parts of them.
      const isUnable = error instanceof S3Problem && error.code === 'NotImplemented';
      if (!isUnable || copy.size === 0) throw error;
      return await this.#copyParts(copy);
    }
  }

  async #copyWhole(copy: Copy): Promise<Ended> {
    const { target, head } = copy;
    const { name, signal } = target;
    const headers = this.#headers(copy);
    const input: CopyObjectCommandInput = {
      ...this.#bucket.object(name),
      ...copySource(copy.origin, copy.from),
      ...(head.ETag === undefined ? {} : { CopySourceIfMatch: head.ETag }),
      ...headers,
      MetadataDirective: 'REPLACE',
      ...(headers.Tagging === undefined ? {} : { TaggingDirective: 'REPLACE' }),
    };
    return await target.settle('copy', async (isNew) => {
      const command = new CopyObjectCommand(isNew ? { ...input, IfNoneMatch: '*' } : input);
      await this.#bucket.ask(
        copying,
        name,
        async (client, how) => client.send(command, how),
        signal,
      );
    });
  }

  async #copyParts(copy: Copy): Promise<Ended> {
    const { target } = copy;
    const before = await target.lookUp('complete');
    if (before !== undefined) return before;
    const upload = await MultipartUpload.begin(
      this.#bucket,
      target.name,
      this.#headers(copy),
      target.signal,
    );
    let ended: Ended | undefined;
    try {
      await this.#sendParts(upload, copy);
      await this.#assertUnchanged(copy);
      target.signal?.throwIfAborted();
      ended = await target.settle('complete', async (isNew) => upload.complete(isNew));
      return ended;
    } finally {
      if (ended !== 'done') await upload.abort().catch(() => undefined);
    }
  }

  async #sendParts(
    upload: MultipartUpload,
    { origin, from, head, size, target }: Copy,
  ): Promise<void> {
    const { copyPart, parts } = this.#bucket.limits;
    const partSize = Math.max(copyPart, Math.ceil(size / parts));
    const lanes = new Lanes(this.#bucket.options.multipart.concurrency, target.signal);
    const source = {
      ...copySource(origin, from),
      ...(head.ETag === undefined ? {} : { CopySourceIfMatch: head.ETag }),
    };
    try {
      for (let number = 1, start = 0; start < size; number += 1, start += partSize) {
        const range = `bytes=${start}-${Math.min(size, start + partSize) - 1}`;
        await lanes.run(async () =>
          upload.copy(number, { ...source, CopySourceRange: range }, lanes.signal),
        );
      }
      await lanes.done();
    } catch (error) {
      await lanes.stop(error);
      throw error;
    }
  }

  /** Not every server compares the origin for every part. */
  async #assertUnchanged({ origin, from, head, target }: Copy): Promise<void> {
    const now = await headObject(origin, from, target.signal);
    if (now?.ETag === head.ETag) return;
    const need = { action: 's3:GetObject', bucket: origin.name, key: origin.key(from) };
    throw new S3Problem('PreconditionFailed', need, { status: 412 });
  }

  /** What the origin says of itself, under what the options say of every object. */
  #headers({ head, target, size }: Copy): ObjectParameters & Partial<CustomerKey> {
    const { ContentType = 'application/octet-stream' } = head;
    const { name, uploadId } = target;
    const given = writeHeaders(this.#bucket, name, { type: ContentType, size, uploadId });
    return {
      CacheControl: head.CacheControl,
      ContentDisposition: head.ContentDisposition,
      ContentEncoding: head.ContentEncoding,
      ContentLanguage: head.ContentLanguage,
      ...given,
      Metadata: { ...head.Metadata, ...given.Metadata },
    };
  }
}

/** How often a copy begins anew when its origin changes. */
const attempts = 3;

interface Copy {
  readonly origin: S3Bucket;
  readonly from: string;
  readonly head: ObjectHead;
  /** Bytes as they are stored. */
  readonly size: number;
  readonly target: GuardedWrite;
}
