import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createGunzip, type Gzip } from 'node:zlib';
import type { CheckedS3Options } from './checked-options.ts';
import type { ObjectFacts } from './object-parameters.ts';
import { givenParameters } from './write-headers.ts';

/** The level at which an object is compressed on its way; `undefined` where it is not. */
export function compressionOf(
  options: CheckedS3Options,
  name: string,
  facts: ObjectFacts,
): number | undefined {
  if (options.gzip === undefined) return undefined;
  const given = givenParameters(options, name, facts);
  if (given.ContentEncoding !== undefined) return undefined;
  return options.gzipTypes.includes(given.ContentType ?? facts.type)
    ? options.gzip.level
    : undefined;
}

/** Compresses bytes; to be disposed of, which closes the source. */
export function gzipped(
  bytes: AsyncIterable<Uint8Array>,
  level: number,
): AsyncDisposable & { readonly bytes: AsyncIterable<Uint8Array> } {
  const zip: Gzip = createGzip({ level });
  // A failure of the source comes out of the other end.
  const flow = pipeline(bytes, zip).catch(() => undefined);
  return {
    bytes: zip,
    async [Symbol.asyncDispose]() {
      zip.destroy();
      await flow;
    },
  };
}

/** Gives the bytes that were compressed; a failure of the source comes out of the other end. */
export function gunzipped(bytes: AsyncIterable<Uint8Array>): Readable {
  const unzip = createGunzip();
  pipeline(bytes, unzip).catch(() => undefined);
  return unzip;
}
