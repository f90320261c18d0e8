export type {
  AdoptOptions,
  AdoptReport,
  BackfillReport,
  RowProgress,
  RowsOptions,
  RowsReport,
} from './adopt/adopt-report.ts';
export type { RowProblem, RowProblemKind } from './adopt/row-problem.ts';
export type { CheckFinding, CheckOptions, CheckReport, ProbeLike } from './check/check-report.ts';
export type { Duration } from './duration.ts';
export {
  fileField,
  type BlankFileFieldBuilder,
  type FileFieldBuilder,
  type NamedFileFieldBuilder,
} from './field/file-field.ts';
export type {
  FileFieldDeclaration,
  FileFieldOptions,
  FilePropertyOptions,
  Reclaiming,
} from './field/file-field-options.ts';
export type { NamedFile } from './field/named-file.ts';
export type { FieldHandle, FileKey } from './field-handle.ts';
export { imageField } from './field/image-field.ts';
export type {
  ImageFieldDeclaration,
  ImageFieldOptions,
  ImageOptions,
  VariantGeneration,
} from './field/image-field-options.ts';
export {
  fileFields,
  type FileFields,
  type FilePath,
  type ObjectName,
  type StageOptions,
} from './file-fields.ts';
export type { FileFieldsOptions } from './file-fields-options.ts';
export {
  fileTriggerSql,
  type FileTriggerSqlOptions,
  type TriggeredColumn,
  type TriggeredTable,
} from './journal/file-trigger-sql.ts';
export { journalGrants, workerGrants } from './journal/journal-grants.ts';
export type {
  MigrateConflict,
  MigrateFailure,
  MigrateMissing,
  MigrateOptions,
  MigrateProgress,
  MigrateReport,
} from './migrate/migrate-report.ts';
export type {
  DeadObject,
  MissingObject,
  Orphan,
  ReconcileOptions,
  ReconcileReport,
  SizeDifference,
  UnfinishedLeft,
} from './reconcile/reconcile-report.ts';
export type { CreateUploadOptions, SignUploadOptions } from './uploads/create-upload-options.ts';
export type { DrainReport } from './worker/drain-report.ts';
export type { Worker } from './worker/worker.ts';
export type {
  FailedObject,
  ReclaimedObject,
  WorkerEvents,
  WorkerListener,
} from './worker/worker-events.ts';
export type { JournalCounts, WorkerCounts, WorkerStats } from './worker/worker-stats.ts';
export type { RegenerateOptions, RegenerateReport } from './variants/regenerate.ts';
export type { VariantsOptions } from './variants/variants-options.ts';
export type { VariantsReport } from './variants/variants-report.ts';
