import { uppyUploads } from '@filefield/http/browser';
import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';
import GoldenRetriever from '@uppy/golden-retriever';
import type { OnProgress, Uploader } from './uploader.ts';

/** What Uppy kept of a page that was left during an upload. */
export interface Interrupted {
  readonly filename: string;
  /** Whether the browser has no bytes of it any more. */
  readonly isLost: boolean;
}

/** Sends a file in parts, straight to the storage: it can wait, and goes on after the page was loaded again. */
export class ResumableUploader implements Uploader {
  readonly #uppy: Uppy<{ uploadToken?: string }>;
  #onProgress: OnProgress | undefined;

  /** @param id Tells the uploads of this form from those of others; the same after a reload. */
  constructor(endpoint: string, id: string, onInterrupted: (found: Interrupted) => void) {
    const uppy = new Uppy<{ uploadToken?: string }>({ id });
    this.#uppy = uppy;
    // #region uppy
    uppy.use(AwsS3, { ...uppyUploads(uppy, { endpoint }), shouldUseMultipart: true });
    // #endregion
    uppy.on('upload-progress', (_file, { bytesUploaded, bytesTotal }) =>
      this.#onProgress?.(bytesUploaded, bytesTotal ?? 0),
    );
    uppy.on('restored', () => {
      const [file] = uppy.getFiles();
      if (file) onInterrupted({ filename: file.name, isLost: file.isGhost });
    });
    // The browser keeps files up to this size; larger ones have to be chosen again after a reload.
    const indexedDB = { name: id, maxFileSize: 200_000_000, maxTotalSize: 1_000_000_000 };
    uppy.use(GoldenRetriever, { indexedDB });
  }

  async upload(file: File, onProgress: OnProgress): Promise<string | undefined> {
    const uppy = this.#uppy;
    const failed = uppy.getFiles().find(({ data }) => data === file);
    if (failed !== undefined) {
      return await this.#settled(onProgress, () => void uppy.retryUpload(failed.id));
    }
    const lost = uppy.getFiles().find(({ isGhost }) => isGhost);
    uppy.removeFiles(uppy.getFiles().flatMap((other) => (other === lost ? [] : [other.id])));
    // The lost file itself takes the place of what is known of it.
    const id = uppy.addFile({ name: file.name, type: file.type, data: file });
    if (lost?.id === id) return await this.proceed(onProgress);
    if (lost !== undefined) uppy.removeFile(lost.id);
    return await this.#settled(onProgress, () => void uppy.upload());
  }

  /** Goes on with what was interrupted; parts that have arrived are not sent again. */
  async proceed(onProgress: OnProgress): Promise<string | undefined> {
    return await this.#settled(onProgress, () => this.#uppy.emit('restore-confirmed'));
  }

  pause(): void {
    this.#uppy.pauseAll();
  }

  resume(): void {
    this.#uppy.resumeAll();
  }

  cancel(): void {
    this.#uppy.cancelAll();
  }

  async #settled(onProgress: OnProgress, start: () => void): Promise<string | undefined> {
    const uppy = this.#uppy;
    this.#onProgress = onProgress;
    return await new Promise((resolve, reject) => {
      uppy.once('upload-success', (file) =>
        resolve(file && uppy.getFile(file.id).meta.uploadToken),
      );
      uppy.once('upload-error', (_file, error) =>
        reject(new Error(error.message, { cause: error })),
      );
      uppy.once('cancel-all', () => resolve(undefined));
      start();
    });
  }
}
