export { assertApart, type Place } from './assert-apart.ts';
export type {
  CollectAction,
  CollectOptions,
  CollectProgress,
  CollectResult,
} from './collect-options.ts';
export { collectStatic } from './collect-static.ts';
export type { Encoding } from './compressed-bytes.ts';
export type { StaticTypes } from './content-type.ts';
export { findStatic } from './find-static.ts';
export { contentHash, hashedName, unhashedName, type HashAlgorithm } from './hashed-name.ts';
export { defaultIgnore, type IgnoreOptions } from './ignore-patterns.ts';
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
export type { SourceFile, StaticConflict } from './source-files.ts';
export {
  StaticFilesError,
  type StaticProblem,
  type StaticProblemReason,
} from './static-files-error.ts';
export type { StaticFiles } from './static-files.ts';
export { staticHandler, type StaticHandlerOptions } from './static-handler.ts';
export type { SourceOptions, StaticSource } from './static-source.ts';
export { UnknownStaticFileError } from './unknown-static-file-error.ts';
