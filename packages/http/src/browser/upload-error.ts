/** Something that is wrong with a file, as the application tells it. */
export interface UploadIssue {
  /** The rule, such as `maxSize`. */
  readonly validator: string;
  /** A sentence for the user. */
  readonly message: string;
}

/** What an {@link UploadError} tells besides its message. */
export interface UploadErrorDetails {
  readonly code: string;
  readonly status: number;
  readonly reason?: string | undefined;
  readonly issues?: readonly UploadIssue[] | undefined;
}

/** An upload that the application or the storage refused, or that did not reach them. */
export class UploadError extends Error {
  override readonly name = 'UploadError';
  /** The code of the application, such as `FILE_INVALID`; that of S3, such as `EntityTooLarge`; `NETWORK` where there was no answer. */
  readonly code: string;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Why the application refused: `expired`, `size` and so on. */
  readonly reason: string | undefined;
  /** All that is wrong with the file; empty where that is not the reason. */
  readonly issues: readonly UploadIssue[];

  constructor(message: string, details: UploadErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.code = details.code;
    this.status = details.status;
    this.reason = details.reason;
    this.issues = details.issues ?? [];
  }
}
