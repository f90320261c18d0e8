/** The metadata that the library writes to its objects, as `x-amz-meta-…` headers. */
export const metadataKeys = {
  /** The id of the write that made the object: who tries again recognises it. */
  upload: 'filefield-upload',
  /** SHA-256 of the bytes, before compression; where the object was written in one request. */
  sha256: 'filefield-sha256',
  /** Bytes before compression; only where the object is compressed. */
  size: 'filefield-size',
} as const;
