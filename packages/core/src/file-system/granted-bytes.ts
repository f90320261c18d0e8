import { createHash } from 'node:crypto';
import type { UploadGrant } from '../direct-upload.ts';
import { UploadRejectedError, type UploadRejection } from '../errors.ts';
import { formatBytes, sizeIssue } from '../size-issue.ts';

/** The bytes of an upload on their way to the disk, as long as they are what was granted. */
export class GrantedBytes implements AsyncIterable<Uint8Array> {
  /** Bytes that passed. */
  size = 0;
  /** Why the sender, or the grant, ended the reading. */
  failure: { readonly error: unknown } | undefined;
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #grant: UploadGrant;
  readonly #most: number;
  readonly #hash = createHash('sha256');

  /** @param most Bytes; one more ends the reading. Default: what the grant allows. */
  constructor(
    source: AsyncIterable<Uint8Array>,
    grant: UploadGrant,
    most: number = mostBytes(grant),
  ) {
    this.#source = source;
    this.#grant = grant;
    this.#most = most;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#source) {
        this.size += chunk.byteLength;
        if (this.size > this.#most) throw oversized(this.#grant);
        this.#hash.update(chunk);
        yield chunk;
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  /** SHA-256 of what passed; once. */
  digest(): Buffer {
    return this.#hash.digest();
  }

  /** Checks the whole object, once. @throws {@link UploadRejectedError} `size` or `changed`. */
  assertWhole(): void {
    const { name, sha256 } = this.#grant;
    assertGrantedSize(this.#grant, this.size);
    if (sha256 !== undefined && this.digest().toString('hex') !== sha256) {
      throw rejected('changed', name, 'its SHA-256 is not the announced one');
    }
  }
}

/** @throws {@link UploadRejectedError} `size` when an object of so many bytes was not granted. */
export function assertGrantedSize(grant: UploadGrant, bytes: number): void {
  if (bytes > mostBytes(grant)) throw oversized(grant);
  if (grant.size !== undefined && bytes < grant.size) {
    const found = `${bytes} bytes arrived, ${grant.size} are announced`;
    throw rejected('size', grant.name, found);
  }
}

/** The most bytes that a grant allows. */
export function mostBytes({ size, maxSize }: UploadGrant): number {
  return size ?? maxSize;
}

/** The error of an upload that is not what was granted. */
export function rejected(
  reason: UploadRejection,
  name: string,
  found: string,
): UploadRejectedError {
  return new UploadRejectedError(reason, `Cannot upload ${JSON.stringify(name)}: ${found}`);
}

/** The error of an upload of too many bytes. */
export function oversized({ name, size, maxSize }: UploadGrant): UploadRejectedError {
  const found =
    size === undefined
      ? sizeIssue(maxSize, undefined).message
      : `the file is larger than the announced ${formatBytes(size)}`;
  return rejected('size', name, found);
}
