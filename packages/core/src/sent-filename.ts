import { isUtf8 } from 'node:buffer';

/**
 * A filename as its sender wrote it: multer and busboy take its bytes for Latin-1 unless they are told otherwise
 * (`defParamCharset`), and browsers send UTF-8. A name that is no UTF-8 in disguise stays as it is.
 */
export function sentFilename(filename: string): string {
  const bytes = Buffer.from(filename, 'latin1');
  const isLatin1 = bytes.toString('latin1') === filename;
  return isLatin1 && isUtf8(bytes) ? bytes.toString() : filename;
}
