/** Is told how far an upload is, in bytes. */
export type OnProgress = (sent: number, total: number) => void;

/** Uploads a file while somebody looks on. */
export interface Uploader {
  /** @returns The token to send with the form; `undefined` when it was cancelled. */
  upload(file: File, onProgress: OnProgress): Promise<string | undefined>;
  /** Ends it. */
  cancel(): void;
  /** Holds it, where it can wait. */
  pause?(): void;
  resume?(): void;
}
