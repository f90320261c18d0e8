/**
 * What a `jsonb` column keeps of a file: a contract with every row ever written, so it is only extended.
 * Keys that have no value are left out.
 */
export interface FileRow {
  /** The alias of the storage that holds the object. */
  readonly storage: string;
  /** The object's name inside its storage, `/`-separated. */
  readonly name: string;
  /** What the user called the file. */
  readonly filename?: string;
  /** Length in bytes, as the user sent them. */
  readonly size?: number;
  /** Media type, found out from the bytes, then from the extension. */
  readonly type?: string;
  /** SHA-256 of the bytes, 64 hexadecimal digits; missing where nobody read the bytes. */
  readonly sha256?: string;
  /** ISO 8601, UTC. */
  readonly uploadedAt?: string;
  /** The application's own data about the file. */
  readonly metadata?: FileMetadata;
  /** `false`: the object is not this row's to delete (a default, or `FieldFile.stored()`). */
  readonly owned?: false;
  /** Length in bytes as stored, where the storage compresses. */
  readonly storedSize?: number;
  /** Pixels. */
  readonly width?: number;
  /** Pixels. */
  readonly height?: number;
  /** The variants that are stored, by their names. */
  readonly variants?: { readonly [variant: string]: VariantRow };
  /** Thumbhash in Base64: a blurred picture in about 25 bytes. */
  readonly placeholder?: string;
}

/** What a row keeps of one variant. */
export interface VariantRow {
  /** Last part of the object's name, which is `<name of the original>.v/<this>`. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly type: string;
  /** Pixels. */
  readonly width?: number;
  /** Pixels. */
  readonly height?: number;
}

/** The application's own data about a file; must survive JSON. */
export type FileMetadata = { readonly [key: string]: unknown };
