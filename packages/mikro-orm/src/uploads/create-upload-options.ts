/** A file that a browser wants to upload straight to the storage. Everything but the limits may come from the browser. */
export interface CreateUploadOptions {
  /** What the user calls it. Only its last part is used, and it is made safe. */
  readonly filename: string;
  /** Media type as the browser declares it; counts where the extension says nothing. */
  readonly type?: string | undefined;
  /** Bytes: exactly so many have to arrive. Default: any number up to `maxSize`. */
  readonly size?: number | undefined;
  /** The most bytes, besides the field's own limit. Default: `size`, or the field's. */
  readonly maxSize?: number | undefined;
  /** SHA-256 of the bytes, 64 hexadecimal digits: others are refused. Default: any bytes. */
  readonly sha256?: string | undefined;
  /** Whom it is for, such as the user's id: `FieldFile.fromUpload()` has to name the same. Default: nobody in particular. */
  readonly subject?: string | undefined;
  /** Seconds until the last request may begin, at most the `uploadTimeout`. Default 3600. */
  readonly expiresIn?: number | undefined;
  /**
   * How the bytes are sent: as a `form`, the way to let S3 itself refuse what is too large; by `put`, which needs `size`
   * there; or in parts (`multipart`), for large files that are paused and resumed. Default `form`.
   */
  readonly method?: 'form' | 'put' | 'multipart' | undefined;
}

/** Options of signing a further request. */
export interface SignUploadOptions {
  /** Whom the upload must be for, as it was created. Default: nobody in particular. */
  readonly subject?: string | undefined;
}
