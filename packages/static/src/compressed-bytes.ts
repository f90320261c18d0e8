import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** An encoding that browsers take. */
export type Encoding = 'gzip' | 'brotli';

/** Both, and what the names of their compressed forms end with. */
const suffixes: Readonly<Record<Encoding, string>> = { gzip: '.gz', brotli: '.br' };

/** Every encoding. */
export const allEncodings: readonly Encoding[] = ['gzip', 'brotli'];

/** The name of the compressed form of an object. */
export function compressedName(name: string, encoding: Encoding): string {
  return name + suffixes[encoding];
}

/** The name of the object that a compressed form is of, or the name as it is. */
export function uncompressedName(name: string): string {
  return name.replace(/\.(?:gz|br)$/, '');
}

/** What is compressed already: WhiteNoise's list. */
const compressedAlready = new Set(
  (
    'jpg jpeg png gif webp zip gz tgz bz2 tbz xz br swf flv woff woff2 ' +
    '3gp 3gpp asf avi m4v mov mp4 mpeg mpg webm wmv avif zst'
  ).split(' '),
);

/** The part of the size that a compressed form may have to be worth its place. */
const worthwhile = 0.95;

/** Whether a file of that name may become smaller. */
export function isCompressible(name: string): boolean {
  return !compressedAlready.has(name.slice(name.lastIndexOf('.') + 1).toLowerCase());
}

/** Compresses as well as it goes, the same bytes to the same bytes; `undefined` where that saves less than 5 %. */
export async function compressedBytes(
  bytes: Buffer,
  encoding: Encoding,
): Promise<Buffer | undefined> {
  const compressed =
    encoding === 'gzip'
      ? await promisify(gzip)(bytes, { level: 9 })
      : await promisify(brotliCompress)(bytes, {
          params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength },
        });
  return compressed.byteLength <= bytes.byteLength * worthwhile ? compressed : undefined;
}
