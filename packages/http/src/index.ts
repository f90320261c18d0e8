export { errorResponse } from './error-response.ts';
export { serveFile, type ServeOptions } from './serve-file.ts';
export type { StoredObject } from './served-object.ts';
export type { WebHandler } from './web-handler.ts';
