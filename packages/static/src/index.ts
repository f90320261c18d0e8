export { contentHash, hashedName, unhashedName, type HashAlgorithm } from './hashed-name.ts';
export {
  formatManifest,
  manifestHash,
  manifestName,
  parseManifest,
  readManifest,
  type ManifestNotes,
  type StaticManifest,
} from './manifest.ts';
export {
  StaticFilesError,
  type StaticProblem,
  type StaticProblemReason,
} from './static-files-error.ts';
