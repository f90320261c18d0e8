import type { FileMetadata } from './file-row.ts';
import type { ReadOptions } from './file-storage.ts';

/** What a new file is called and what it is. */
export interface FileOptions {
  /** What the user called it. Only its last part is used, and it is made safe. Default: what a `File` or a path says. */
  readonly filename?: string | undefined;
  /** Media type as declared by the sender; the bytes decide, this is the last resort. */
  readonly type?: string | undefined;
  /** The application's own data about the file; must survive JSON. */
  readonly metadata?: FileMetadata | undefined;
}

/** A file of this machine that becomes the source of an upload. */
export interface PathOptions extends FileOptions {
  /** The file is gone once it is stored, together with every copy that was made of it while pending. Default `false`: it stays. */
  readonly move?: boolean | undefined;
}

/** An existing object that a field shall refer to. Its filename is the last part of its name unless given. */
export interface StoredReference extends FileOptions {
  /** Alias of the storage. */
  readonly storage: string;
  /** The object's name inside the storage. */
  readonly name: string;
  /** The row owns the object: it is reclaimed when no row holds it any more. Default `false`: it is never deleted. */
  readonly own?: boolean | undefined;
}

/** A direct upload that a browser says it has made. */
export interface UploadOptions {
  /** Whom the upload must have been created for, such as the user's id. Default: nobody in particular. */
  readonly subject?: string | undefined;
  /** The application's own data about the file; must survive JSON. */
  readonly metadata?: FileMetadata | undefined;
}

/** Options of reading a file, or a part of it. */
export interface VerifyOptions extends ReadOptions {
  /**
   * Compares the SHA-256 of what was read with the recorded one: `IntegrityError` after the last byte when they differ,
   * before the first when none is recorded. Whole files only: `TypeError` together with `start` or `end`. Default `false`.
   */
  readonly verify?: boolean | undefined;
}

/** What `JSON.stringify` shows of a file; no link that lets its bearer in, unless the field asks for it. */
export interface FileJson {
  readonly name?: string | undefined;
  readonly filename?: string | undefined;
  readonly size?: number | undefined;
  readonly type?: string | undefined;
  readonly url?: string | undefined;
}
