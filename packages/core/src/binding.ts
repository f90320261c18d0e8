export { compareNames } from './byte-order.ts';
export { incomingDirectory, uploadMethods } from './checked-upload.ts';
export { encodeName } from './encode-name.ts';
export { fileBinding } from './field-file.ts';
export { nameProblem } from './file-name.ts';
export { availableName, type AvailableNameOptions } from './free-name.ts';
export { mergedWalk } from './fallback/merged-names.ts';
export { ruleIssues, rulesProblem } from './file-rules.ts';
export { fileBody, fileStat } from './file-system/disk-object.ts';
export { assertSiteUrl } from './file-system/disk-url.ts';
export {
  detectType,
  essence,
  headBytes,
  isActiveType,
  isSameKind,
  typeOfName,
  unknownType,
} from './file-type.ts';
export { shownName } from './hidden-form.ts';
export { ImageInspection, isMeasurable, type ImageSize } from './image/image-inspection.ts';
export { imageIssues, nameIssues, type ImageLimits } from './image/image-rules.ts';
export { Intake } from './intake.ts';
export { asLibrary, isLibrary } from './library-options.ts';
export type {
  FileBinding,
  FileContext,
  PendingFile,
  PendingOrigin,
  StagedUpload,
} from './pending-file.ts';
export type { ByteWatch } from './metered-reader.ts';
export { nearNames } from './near-names.ts';
export { collect } from './reading.ts';
export { openToken, sealToken } from './sealed-token.ts';
export { assertKeys } from './signing-keys.ts';
export { emptyIssue, sizeIssue } from './size-issue.ts';
export { isRereadable, PathSource, readSource } from './source.ts';
export { assertReadable, assertWritable } from './storage-names.ts';
export { partsOf, readsAllOf } from './storage-parts.ts';
export { spelledOut } from './unseen-characters.ts';
export type { OnDemandRequest, VariantContext } from './variant/variant-context.ts';
export { openVariantLink, variantLinks, type VariantLinkOptions } from './variant/variant-links.ts';
export { listedVariant } from './variant/listed-variant.ts';
export { variantFile, variantName } from './variant/variant-name.ts';
