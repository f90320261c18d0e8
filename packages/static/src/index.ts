export { assertApart, type Place } from './assert-apart.ts';
export type { StaticTypes } from './content-type.ts';
export { contentHash, hashedName, unhashedName, type HashAlgorithm } from './hashed-name.ts';
export { loadStatic, type LoadStaticOptions } from './load-static.ts';
export {
  formatManifest,
  manifestHash,
  manifestName,
  parseManifest,
  readManifest,
  type ManifestNotes,
  type StaticManifest,
} from './manifest.ts';
export type { StaticSource } from './static-source.ts';
export type { StaticFiles } from './static-files.ts';
export {
  StaticFilesError,
  type StaticProblem,
  type StaticProblemReason,
} from './static-files-error.ts';
export { staticHandler, type StaticHandlerOptions } from './static-handler.ts';
export { UnknownStaticFileError } from './unknown-static-file-error.ts';
