export type { Accept } from './accept.ts';
export { CheckedStorage } from './checked-storage.ts';
export type {
  DirectUpload,
  ServedUrls,
  UploadedPart,
  UploadGrant,
  UploadReceiver,
  UploadRequest,
  UploadStep,
} from './direct-upload.ts';
export {
  FieldDefinitionError,
  FileChangedError,
  FileExistsError,
  FileFieldError,
  FileNotFoundError,
  FileValidationError,
  IntegrityError,
  InvalidNameError,
  NoFileError,
  PendingFileError,
  StorageError,
  StorageOptionsError,
  UnknownStorageError,
  UnsupportedOperationError,
  UploadRejectedError,
  UrlNotReadyError,
  type AnyFileFieldError,
  type BucketObjectReference,
  type FileIssue,
  type ObjectReference,
  type UploadRejection,
} from './errors.ts';
export { extensions } from './extensions.ts';
export { fallbackStorage, type FallbackStorageOptions } from './fallback-storage.ts';
export { FieldFile } from './field-file.ts';
export type {
  FileJson,
  FileOptions,
  PathOptions,
  StoredReference,
  UploadOptions,
  VerifyOptions,
} from './field-file-options.ts';
export type { FilePart } from './file-part.ts';
export type { FileRules } from './file-rules.ts';
export type { FileFacts, FileValidator, ValidatorAnswer } from './file-validator.ts';
export { assertName, type NameOptions } from './file-name.ts';
export type { FileMetadata, FileRow, VariantRow } from './file-row.ts';
export type {
  CopiedFile,
  CopyFromOptions,
  CopyOptions,
  FileSource,
  FileStat,
  FileStorage,
  FileUrlOptions,
  Listing,
  ReadOptions,
  SaveOptions,
  StorageCapabilities,
  StoredFile,
  UnfinishedWrite,
  UrlOptions,
} from './file-storage.ts';
export { FileSystemStorage, type FileSystemStorageOptions } from './file-system-storage.ts';
export { FileWriteStream, type SaveWritten } from './file-write-stream.ts';
export { cleanFilename, validFilename } from './filename.ts';
export type { Intake } from './intake.ts';
export { MemoryStorage, type MemoryStorageOptions } from './memory-storage.ts';
export type { MulterFile } from './multer-file.ts';
export type { ByteRange, Level, WriteOptions } from './object-primitives.ts';
export type { ObjectBody } from './object-stream.ts';
export type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.ts';
export {
  smokeTest,
  type SmokeOptions,
  type SmokeReport,
  type SmokeStep,
  type SmokeStepName,
} from './smoke-test.ts';
export type { SmokeFetch } from './smoke-url.ts';
export {
  defineStorages,
  Storages,
  type Register,
  type Restore,
  type StorageAlias,
  type StorageFactory,
  type StoragesOptions,
} from './storages.ts';
export { hasUniqueToken, uniqueName, type UniqueNameOptions } from './unique-name.ts';
export {
  assertUploadTo,
  uploadPath,
  type UploadPathOptions,
  type UploadTo,
} from './upload-path.ts';
export { signUrl, verifyUrl, type UrlGrant } from './url-signature.ts';
export type {
  ImageEngine,
  RenderedImage,
  RenderedImages,
  RenderRequest,
} from './variant/image-engine.ts';
export type { ImageTransformer, TransformRequest } from './variant/image-transformer.ts';
export { resize, type ResizeOptions, type ResizeType } from './variant/resize.ts';
export { srcset } from './variant/srcset.ts';
export { variant, type VariantOptions } from './variant/variant.ts';
export type {
  ImageFit,
  MadeVariant,
  Resize,
  VariantDefinition,
  VariantDefinitions,
  VariantFunction,
  VariantType,
} from './variant/variant-definition.ts';
export type { FoundVariant, VariantLink } from './variant/variant-link.ts';
