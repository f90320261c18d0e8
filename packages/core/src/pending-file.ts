import type { FileMetadata, FileRow } from './file-row.ts';
import type { FileSource, FileStorage } from './file-storage.ts';
import type { PathSource } from './source.ts';
import type { VariantContext } from './variant/variant-context.ts';
import type { VariantSource } from './variant/variant-url.ts';

/** Where the bytes of a pending file come from. */
export type PendingOrigin =
  | { readonly kind: 'source'; readonly source: FileSource | PathSource }
  | { readonly kind: 'copy' | 'rename'; readonly row: FileRow; readonly context: FileContext }
  | { readonly kind: 'reference'; readonly row: FileRow }
  | { readonly kind: 'upload'; readonly token: string; readonly subject: string | undefined };

/** A file that is not stored yet: what will be uploaded, and under which filename. */
export interface PendingFile {
  /** Unique in this process; marks the property as changed. */
  readonly id: string;
  readonly filename: string | undefined;
  /** As declared by the sender. */
  readonly type: string | undefined;
  readonly metadata: FileMetadata | undefined;
  readonly origin: PendingOrigin;
}

/** An object that is uploaded while no committed row references it: the journal schedules its deletion. */
export interface StagedUpload {
  /** The journal's row. */
  readonly id: string;
  /** The field it was uploaded for: `Entity.property`. */
  readonly field: string;
  /** Milliseconds since the epoch; afterwards the object may be reclaimed. */
  readonly expiresAt: number;
  readonly row: FileRow;
  /** The journal's rows of what was made of it and is listed in the row: its variants. Default: none. */
  readonly made?: readonly { readonly id: string; readonly name: string }[] | undefined;
}

/** What a stored file needs to reach its bytes; an ORM binding supplies one per field. */
export interface FileContext {
  /** `Entity.property`, where the file belongs to one. */
  readonly field?: string | undefined;
  /** @throws {@link UnknownStorageError} when the alias is not defined. */
  storage(alias: string): FileStorage;
  /** Whether `toJSON()` carries the URL of private files too. Default: of public ones only. */
  readonly json?: { readonly url?: boolean | undefined } | undefined;
  /** The column holds nothing but the name: size and type are unknown until the storage is asked. */
  readonly nameOnly?: boolean | undefined;
  /** The variants that the field declares. */
  readonly variants?: VariantContext | undefined;
}

/**
 * What an ORM binding may do with a `FieldFile` and its users may not. Reached through `@filefield/core/binding`.
 */
export interface FileBinding<File> {
  /** A stored file over the column's own object, which must not change afterwards. */
  hydrate(row: FileRow, context: FileContext): File;
  /** A stored file that no committed row references yet. */
  stage(staged: StagedUpload, context: FileContext): File;
  /** The object that the file was hydrated from or settled with; `undefined` while pending. */
  row(file: File): FileRow | undefined;
  /** What the URLs of its variants are made of. @throws {@link PendingFileError} while pending. */
  variantSource(file: File): VariantSource;
  /** The way to its bytes; `undefined` while pending. */
  context(file: File): FileContext | undefined;
  /** What is to be uploaded; `undefined` once stored. */
  pending(file: File): PendingFile | undefined;
  /** The upload that waits for a commit, also after a rollback made the file pending again. */
  staged(file: File): StagedUpload | undefined;
  /** Makes a pending or staged file an ordinary stored one, until a rollback {@link unsettle}s it. */
  settle(file: File, row: FileRow, context: FileContext): void;
  /** After a rollback: pending again where it was pending; what is uploaded stays staged. */
  unsettle(file: File, staged?: StagedUpload): void;
  /** After the commit: forgets the source, and answers what it was. */
  finish(file: File): PendingFile | undefined;
}
