export { fileBinding } from './field-file.ts';
export { acceptProblem } from './accept.ts';
export { ruleIssues } from './file-rules.ts';
export { Intake } from './intake.ts';
export { asLibrary, isLibrary } from './library-options.ts';
export type {
  FileBinding,
  FileContext,
  PendingFile,
  PendingOrigin,
  StagedUpload,
} from './pending-file.ts';
export { sizeIssue } from './size-issue.ts';
export { isRereadable, PathSource, readSource } from './source.ts';
