/** What S3 allows; only tests lower it. */
export interface S3Limits {
  /** Parts of one multipart upload. */
  readonly parts: number;
  /** Bytes that one `CopyObject` copies. */
  readonly copy: number;
  /** Bytes of a part of a copy. */
  readonly copyPart: number;
  /** Keys of one `DeleteObjects`. */
  readonly deletes: number;
  /** Entries of a page of a listing. */
  readonly page: number;
}

const gibibyte = 1024 ** 3;

/** The limits of Amazon S3. */
export const s3Limits: S3Limits = {
  parts: 10_000,
  copy: 5 * gibibyte,
  copyPart: gibibyte / 4,
  deletes: 1000,
  page: 1000,
};
