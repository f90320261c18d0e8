import { join } from 'node:path';
import type { FileOptions } from './field-file-options.ts';
import type { FileSource } from './file-storage.ts';
import { sentFilename } from './sent-filename.ts';
import { PathSource } from './source.ts';

/** What multer's memory and disk storage give of an uploaded file, in Express and NestJS: `request.file`. */
export interface MulterFile {
  /** What the user called it. */
  readonly originalname: string;
  /** Media type as declared by the sender. */
  readonly mimetype: string;
  /** Bytes. */
  readonly size: number;
  /** With memory storage: the bytes. */
  readonly buffer?: Uint8Array | undefined;
  /** With disk storage: where the file lies, which is {@link filename} in {@link destination}. */
  readonly path?: string | undefined;
  readonly destination?: string | undefined;
  readonly filename?: string | undefined;
}

/** Bytes on their way in, and what their sender says of them. */
export interface SentFile {
  readonly source: FileSource | PathSource;
  /** As the caller says, else as the sender does. */
  readonly options: FileOptions;
}

/**
 * The bytes of a file that multer received. One on the disk is moved, and must have the size that multer counted.
 * @throws TypeError when it is nothing that multer's memory or disk storage gives.
 */
export function multerFile(file: MulterFile, given: FileOptions): SentFile {
  if (isNamed(file)) {
    const { buffer, originalname, mimetype, size } = file;
    const { filename = sentFilename(originalname), type = mimetype } = given;
    const options = { ...given, filename, type };
    // JSON cannot bring bytes, and nobody who sends a form chooses where multer puts them.
    if (buffer instanceof Uint8Array) return { source: buffer, options };
    if (isOnDisk(file)) return { source: new PathSource(file.path, { move: true, size }), options };
  }
  throw new TypeError(
    "Cannot read the file: it is not what multer's memory or disk storage gives; " +
      'pass request.file or one of request.files, never a value of request.body',
  );
}

function isNamed(file: unknown): boolean {
  if (typeof file !== 'object' || file === null) return false;
  return (
    'originalname' in file &&
    typeof file.originalname === 'string' &&
    'mimetype' in file &&
    typeof file.mimetype === 'string'
  );
}

function isOnDisk(file: MulterFile): file is MulterFile & { readonly path: string } {
  const { path, destination, filename, size } = file;
  if (typeof destination !== 'string' || typeof filename !== 'string') return false;
  return path === join(destination, filename) && Number.isSafeInteger(size);
}
