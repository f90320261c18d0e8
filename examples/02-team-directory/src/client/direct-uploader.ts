import { uploadFile } from '@filefield/http/browser';
import type { Uploader } from './uploader.ts';

// #region direct
/** Sends a file with one request, straight to the storage. */
export function directUploader(endpoint: string): Uploader {
  const controller = new AbortController();
  const { signal } = controller;
  return {
    upload: async (file, onProgress) => {
      const uploading = uploadFile(file, { endpoint, onProgress, signal });
      return await uploading.catch((error: unknown) => {
        if (signal.aborted) return undefined;
        throw error;
      });
    },
    cancel: () => controller.abort(),
  };
}
// #endregion
