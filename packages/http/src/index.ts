export type { AskedUpload } from './asked-upload.ts';
export {
  downloadHandler,
  type Authorized,
  type DownloadHandlerOptions,
} from './download-handler.ts';
export { errorResponse } from './error-response.ts';
export { FormError } from './form-error.ts';
export type { FormLimits } from './form-limits.ts';
export {
  formParts,
  type FormField,
  type FormFile,
  type FormOptions,
  type FormPart,
} from './form-parts.ts';
export { mediaHandler, type MediaHandlerOptions, type MediaReference } from './media-handler.ts';
export { readForm, type Form, type ReadFormOptions, type StoreFile } from './read-form.ts';
export { serveFile, type ServeOptions } from './serve-file.ts';
export type { StoredObject } from './served-object.ts';
export { uploadHandler, type UploadHandlerOptions } from './upload-handler.ts';
export { variantHandler, type VariantHandlerOptions } from './variant-handler.ts';
export type { WebHandler } from './web-handler.ts';
