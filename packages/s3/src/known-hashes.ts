import type { S3Client } from '@aws-sdk/client-s3';

const hashes = new WeakMap<object, string>();

/**
 * Notes the SHA-256 of a body that was hashed as it was read: the request is signed with it, and S3 refuses other bytes.
 * The SDK would hash the body once more.
 */
export function noteHash(body: Uint8Array, sha256: string): void {
  hashes.set(body, sha256);
}

/** Lets a client sign with the hashes that were noted. */
export function signWithKnownHashes(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const { body, headers } = args.request as BodyRequest;
      const sha256 = body instanceof Uint8Array ? hashes.get(body) : undefined;
      if (sha256 !== undefined) headers['x-amz-content-sha256'] = sha256;
      return await next(args);
    },
    { step: 'build', name: 'filefieldKnownHashes' },
  );
}

interface BodyRequest {
  readonly body?: unknown;
  readonly headers: Record<string, string>;
}
