import { setTimeout as wait } from 'node:timers/promises';
import {
  CopyObjectCommand,
  type CopyObjectCommandInput,
  type CopyObjectCommandOutput,
} from '@aws-sdk/client-s3';
import type { WriteOptions } from '@filefield/core';
import type { ConditionalWrites } from './conditional-writes.ts';
import { addCopyCondition } from './copy-condition.ts';
import { copySource } from './copy-source.ts';
import { GuardedWrite, type Ended } from './guarded-write.ts';
import { Lanes } from './lanes.ts';
import { copying, MultipartUpload } from './multipart-upload.ts';
import {
  headObject,
  isIncoming,
  originalSize,
  statOf,
  typeOf,
  type ObjectHead,
} from './object-head.ts';
import type { ObjectParameters } from './object-parameters.ts';
import { removeObject } from './object-remover.ts';
import type { CustomerKey, S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';
import { writeHeaders } from './write-headers.ts';

/** How an object is copied. */
export interface ObjectCopyOptions extends WriteOptions {
  /** Sees each version of the origin that is about to be copied, and throws where it is not the right one. Default: any is. */
  readonly assertRight?: ((head: ObjectHead) => void) | undefined;
  /** Written as the options say of an object of this type that a user sends. Default: what the origin says of itself goes along. */
  readonly asNew?: { readonly type: string | undefined } | undefined;
}

/** Copies objects on the server, within a bucket and from one to another. */
export class ObjectCopier {
  readonly #bucket: S3Bucket;
  readonly #conditional: ConditionalWrites;

  constructor(bucket: S3Bucket, conditional: ConditionalWrites) {
    this.#bucket = bucket;
    this.#conditional = conditional;
  }

  /** Afterwards `to` holds the bytes of `from`, whose head is answered; `missing` where there is no `from`. */
  async copy(
    origin: S3Bucket,
    from: string,
    to: string,
    options: ObjectCopyOptions,
  ): Promise<ObjectHead | 'taken' | 'missing'> {
    const target = new GuardedWrite(this.#bucket, this.#conditional, to, options);
    for (let attempt = 1; ; attempt += 1) {
      const head = await headObject(origin, from, options.signal);
      if (head === undefined) return 'missing';
      options.assertRight?.(head);
      const { ContentLength = 0 } = head;
      const isLarge = ContentLength > this.#bucket.limits.copy;
      const copy: Copy = { origin, from, head, size: ContentLength, target, asNew: options.asNew };
      try {
        const ended = await (isLarge ? this.#copyParts(copy) : this.#copyAtOnce(copy));
        return ended === 'done' ? head : ended;
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
      ...(headers.Tagging === undefined && copy.asNew === undefined
        ? {}
        : { TaggingDirective: 'REPLACE' }),
    };
    let told: CopyObjectCommandOutput | undefined;
    const ended = await target.settle('copy', async (isNew) => {
      const command = new CopyObjectCommand(isNew ? { ...input, IfNoneMatch: '*' } : input);
      const isOther = this.#bucket.options.endpoint !== undefined;
      if (isOther && head.ETag !== undefined) addCopyCondition(command, head.ETag);
      told = await this.#bucket.ask(
        copying,
        name,
        async (client, how) => client.send(command, how),
        signal,
      );
    });
    if (ended === 'done') {
      await this.#orRemoved(copy, async () => {
        const { ETag } = told?.CopyObjectResult ?? {};
        if (unquoted(ETag) !== unquoted(head.ETag)) await this.#assertUnchanged(copy);
        await this.#assertEncrypted(copy, headers, told);
      });
    }
    return ended;
  }

  async #copyParts(copy: Copy): Promise<Ended> {
    const { target } = copy;
    const before = await target.lookUp('complete');
    if (before !== undefined) return before;
    const { name, signal } = target;
    if (this.#bucket.options.endpoint !== undefined) await settled(copy);
    const headers = this.#headers(copy);
    const upload = await MultipartUpload.begin(this.#bucket, name, headers, signal);
    let ended: Ended | undefined;
    try {
      await this.#sendParts(upload, copy);
      await this.#assertUnchanged(copy);
      target.signal?.throwIfAborted();
      ended = await target.settle('complete', async (isNew) => upload.complete(isNew));
    } finally {
      // What cannot be removed now is what is told: whoever takes the name for something else would leave it for ever.
      if (ended !== 'done') await upload.abort();
    }
    if (ended === 'done') {
      await this.#orRemoved(copy, async () => this.#assertEncrypted(copy, headers));
    }
    return ended;
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

  /** A copy that is not what was asked for goes: Ceph copies whatever version is there, and whole objects unencrypted. */
  async #orRemoved({ target }: Copy, check: () => Promise<void>): Promise<void> {
    try {
      await check();
    } catch (error) {
      await removeObject(this.#bucket, target.name);
      throw error;
    }
  }

  async #assertEncrypted(
    { target: { name, signal } }: Copy,
    wanted: Encryption,
    told: Encryption = {},
  ): Promise<void> {
    const isAs = ({ ServerSideEncryption, SSECustomerAlgorithm }: Encryption): boolean =>
      (wanted.ServerSideEncryption ?? ServerSideEncryption) === ServerSideEncryption &&
      (wanted.SSECustomerAlgorithm ?? SSECustomerAlgorithm) === SSECustomerAlgorithm;
    if (isAs(told) || isAs((await headObject(this.#bucket, name, signal)) ?? {})) return;
    const need = { action: copying, bucket: this.#bucket.name, key: this.#bucket.key(name) };
    throw new S3Problem('NotImplemented', need, { status: 501 });
  }

  /** Not every server compares the origin for every part; it may have been another one and be the same again. */
  async #assertUnchanged({ origin, from, head, target }: Copy): Promise<void> {
    const now = await headObject(origin, from, target.signal);
    const isSame = (['ETag', 'VersionId'] as const).every((what) => now?.[what] === head[what]);
    if (isSame && now?.LastModified?.getTime() === head.LastModified?.getTime()) return;
    const need = { action: 's3:GetObject', bucket: origin.name, key: origin.key(from) };
    throw new S3Problem('PreconditionFailed', need, { status: 412 });
  }

  #headers({ from, head, target, size, asNew }: Copy): ObjectParameters & Partial<CustomerKey> {
    const { name, uploadId } = target;
    const type = asNew?.type ?? typeOf(head);
    const original = originalSize(head);
    const facts = { type, size: original ?? size, uploadId };
    if (asNew !== undefined) {
      const { sha256 } = statOf(from, head);
      const isCompressed = original !== undefined;
      return writeHeaders(this.#bucket, name, { ...facts, sha256, isCompressed });
    }
    const given = writeHeaders(this.#bucket, name, facts);
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

/**
 * Afterwards whoever replaces what was uploaded changes its date, which has whole seconds: else one that is back within
 * the second would not be seen to have been another one, by servers that compare no part with the version that is wanted.
 */
async function settled({ from, head, target: { signal } }: Copy): Promise<void> {
  // The clocks of signed requests are at most 15 minutes apart.
  const isOld = Date.now() - (head.LastModified?.getTime() ?? Infinity) > 20 * 60 * 1000;
  if (isIncoming(from) && !isOld) await wait(1100, undefined, { signal });
}

/** Ceph answers a copy with the bare ETag. */
function unquoted(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', '');
}

/** How often a copy begins anew when its origin changes. */
const attempts = 3;

type Encryption = Pick<ObjectHead, 'ServerSideEncryption' | 'SSECustomerAlgorithm'>;

interface Copy {
  readonly origin: S3Bucket;
  readonly from: string;
  readonly head: ObjectHead;
  /** Bytes as they are stored. */
  readonly size: number;
  readonly target: GuardedWrite;
  readonly asNew: ObjectCopyOptions['asNew'];
}
