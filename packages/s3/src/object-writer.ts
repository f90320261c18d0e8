import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Intake, WriteOptions } from '@filefield/core';
import { compressionOf, gzipped } from './compression.ts';
import type { ConditionalWrites } from './conditional-writes.ts';
import { GuardedWrite, type Ended } from './guarded-write.ts';
import { noteHash } from './known-hashes.ts';
import { Lanes } from './lanes.ts';
import { MultipartUpload } from './multipart-upload.ts';
import { PartReader } from './part-reader.ts';
import { partSizes } from './part-sizes.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';
import { writeHeaders } from './write-headers.ts';

/** Writes objects: in one request where they are small, else in parts. */
export class ObjectWriter {
  readonly #bucket: S3Bucket;
  readonly #conditional: ConditionalWrites;

  constructor(bucket: S3Bucket, conditional: ConditionalWrites) {
    this.#bucket = bucket;
    this.#conditional = conditional;
  }

  /** Afterwards the whole object is stored, or nothing is. */
  async write(name: string, intake: Intake, options: WriteOptions): Promise<Ended> {
    const { threshold, partSize } = this.#bucket.options.multipart;
    const { knownSize, type } = intake;
    const target = new GuardedWrite(this.#bucket, this.#conditional, name, options);
    if (knownSize === undefined) {
      const reader = new PartReader(intake);
      const first = await reader.read(partSize);
      if (reader.isEnded) return await this.#putWhole(target, intake, first);
      return await this.#putParts(target, { type, size: undefined }, reader, first);
    }
    if (knownSize <= threshold) {
      return await this.#putWhole(
        target,
        intake,
        await new PartReader(intake, knownSize).read(knownSize),
      );
    }
    const facts = { type, size: knownSize };
    const level = compressionOf(this.#bucket.options, name, facts);
    if (level === undefined) {
      const reader = new PartReader(intake, knownSize);
      const first = await reader.read(this.#sizes(knownSize)(1));
      return await this.#putParts(target, facts, reader, first);
    }
    await using zipped = gzipped(intake, level);
    intake.storedSize = 0;
    const reader = new PartReader(counted(zipped.bytes, intake));
    const first = await reader.read(partSize);
    return await this.#putParts(target, { ...facts, isCompressed: true }, reader, first);
  }

  async #putWhole(target: GuardedWrite, intake: Intake, bytes: Buffer): Promise<Ended> {
    const { name, uploadId, signal } = target;
    const { type, size, sha256 } = intake;
    const level = compressionOf(this.#bucket.options, name, { type, size });
    const isCompressed = level !== undefined;
    const body = isCompressed ? await promisify(gzip)(bytes, { level }) : bytes;
    if (!isCompressed) noteHash(body, sha256);
    if (isCompressed) intake.storedSize = body.byteLength;
    const input = {
      ...this.#bucket.object(name),
      ...writeHeaders(this.#bucket, name, { type, size, sha256, uploadId, isCompressed }),
      Body: body,
      ContentLength: body.byteLength,
    };
    return await target.settle('put', async (isNew) => {
      const command = new PutObjectCommand(isNew ? { ...input, IfNoneMatch: '*' } : input);
      await this.#bucket.ask(
        's3:PutObject',
        name,
        async (client, how) => client.send(command, how),
        signal,
      );
    });
  }

  async #putParts(
    target: GuardedWrite,
    facts: PartsFacts,
    reader: PartReader,
    first: Buffer,
  ): Promise<Ended> {
    const { name, uploadId, signal } = target;
    // Spares the transfer; what counts is the look before the end.
    if ((await target.lookUp('complete')) === 'taken') return 'taken';
    const headers = writeHeaders(this.#bucket, name, { ...facts, uploadId });
    const upload = await MultipartUpload.begin(this.#bucket, name, headers, signal);
    let ended: Ended | undefined;
    try {
      const sizes = this.#sizes(facts.isCompressed === true ? undefined : facts.size);
      await this.#sendParts(upload, reader, { first, name, sizes, signal });
      signal?.throwIfAborted();
      ended = await target.settle('complete', async (isNew) => upload.complete(isNew));
      return ended;
    } finally {
      // What failed is thrown; parts that cannot be removed now are reclaimed with the name.
      if (ended !== 'done') await upload.abort().catch(() => undefined);
    }
  }

  async #sendParts(
    upload: MultipartUpload,
    reader: PartReader,
    { first, name, sizes, signal }: PartsPlan,
  ): Promise<void> {
    const { concurrency } = this.#bucket.options.multipart;
    const lanes = new Lanes(concurrency, signal);
    try {
      let part = first;
      for (let number = 1; ; number += 1) {
        if (number > this.#bucket.limits.parts) throw this.#tooLarge(name);
        const bytes = part;
        await lanes.run(async () => {
          await upload.put(number, bytes, lanes.signal);
          reader.recycle(bytes);
        });
        if (reader.isEnded) break;
        part = await lanes.orFailure(reader.read(sizes(number + 1)));
      }
      await lanes.done();
    } catch (error) {
      await lanes.stop(error);
      throw error;
    }
  }

  #sizes(size: number | undefined): (number: number) => number {
    return partSizes(size, this.#bucket.options.multipart.partSize, this.#bucket.limits.parts);
  }

  #tooLarge(name: string): S3Problem {
    const { name: bucket, key } = { name: this.#bucket.name, key: this.#bucket.key(name) };
    return new S3Problem(
      'EntityTooLarge',
      { action: 's3:PutObject', bucket, key },
      { status: 400 },
    );
  }
}

async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  intake: Intake,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    intake.storedSize = (intake.storedSize ?? 0) + chunk.byteLength;
    yield chunk;
  }
}

interface PartsFacts {
  readonly type: string;
  readonly size: number | undefined;
  readonly isCompressed?: boolean | undefined;
}

interface PartsPlan {
  readonly first: Buffer;
  readonly name: string;
  readonly sizes: (number: number) => number;
  readonly signal: AbortSignal | undefined;
}
