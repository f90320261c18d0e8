export {
  downloadHandler,
  type Authorized,
  type DownloadHandlerOptions,
} from './download-handler.ts';
export { errorResponse } from './error-response.ts';
export { mediaHandler, type MediaHandlerOptions, type MediaReference } from './media-handler.ts';
export { serveFile, type ServeOptions } from './serve-file.ts';
export type { StoredObject } from './served-object.ts';
export type { WebHandler } from './web-handler.ts';
