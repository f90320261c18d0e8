import { createHmac } from 'node:crypto';
import { StorageOptionsError } from '../../errors.ts';

/** What imgproxy signs with. */
export interface ImgproxySigning {
  /** Hexadecimal. */
  readonly key: string | undefined;
  /** Hexadecimal. */
  readonly salt: string | undefined;
  /** Bytes. */
  readonly size: number;
}

/**
 * What signs the path of a URL of imgproxy, from the slash behind the signature; `undefined` without a key.
 * @see https://docs.imgproxy.net/usage/signing_url
 * @throws {@link StorageOptionsError} when imgproxy could not have such a key or salt.
 */
export function imgproxySignature({
  key,
  salt,
  size,
}: ImgproxySigning): ((path: string) => string) | undefined {
  if (key === undefined && salt === undefined) return undefined;
  const secret = fromHex('key', key);
  const before = fromHex('salt', salt);
  if (!Number.isSafeInteger(size) || size < 1 || size > 32) {
    throw cannot(`a signature has from 1 to 32 bytes, not ${size}`);
  }
  return (path) =>
    createHmac('sha256', secret)
      .update(before)
      .update(path)
      .digest()
      .subarray(0, size)
      .toString('base64url');
}

function fromHex(option: string, value: unknown): Buffer {
  if (typeof value === 'string' && /^(?:[\da-f]{2})+$/i.test(value)) {
    return Buffer.from(value, 'hex');
  }
  throw cannot(`key and salt are given together, in hexadecimal, and the ${option} is not`);
}

function cannot(reason: string): StorageOptionsError {
  return new StorageOptionsError(`Cannot use imgproxy(): ${reason}`);
}
