export { uploadFile, type UploadFileOptions } from './browser/upload-file.ts';
export { UploadError, type UploadIssue } from './browser/upload-error.ts';
export {
  uppyUploads,
  type SignedForUppy,
  type UppyFileLike,
  type UppyLike,
  type UppyRequest,
  type UppyUploads,
  type UppyUploadsOptions,
} from './browser/uppy-uploads.ts';
