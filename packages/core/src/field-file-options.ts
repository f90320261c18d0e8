import type { FileMetadata } from './file-row.ts';
import type { ReadOptions } from './file-storage.ts';

/** What a new file is called and what it is. */
export interface FileOptions {
  /** What the user called it; a `File` brings its own. Only its last part is used, and it is made safe. */
  readonly filename?: string | undefined;
  /** Media type as declared by the sender; the bytes decide, this is the last resort. */
  readonly type?: string | undefined;
  /** The application's own data about the file; must survive JSON. */
  readonly metadata?: FileMetadata | undefined;
}

/** A file of this machine that becomes the source of an upload. */
export interface PathOptions extends FileOptions {
  /** The file is gone once it is stored. Default `false`: it stays. */
  readonly move?: boolean | undefined;
}

/** An existing object that a field shall refer to. */
export interface StoredReference extends FileOptions {
  /** Alias of the storage. */
  readonly storage: string;
  /** The object's name inside the storage. */
  readonly name: string;
}

/** Options of reading a whole file. */
export interface VerifyOptions extends ReadOptions {
  /** Compares the SHA-256 of what was read with the row's: `IntegrityError` after the last byte. Whole files only. */
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
