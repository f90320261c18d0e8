import { acceptIssue, type Accept } from './accept.ts';
import type { FileIssue } from './errors.ts';
import { askValidator, type FileFacts, type FileValidator } from './file-validator.ts';

/** What is asked of a file beyond its size. */
export interface FileRules {
  /** Types and extensions; the bytes decide. Default: everything. */
  readonly accept?: Accept | undefined;
  /** Further rules; all are asked. */
  readonly validators?: readonly FileValidator[] | undefined;
}

/** Everything that is wrong with a file. */
export async function ruleIssues(
  { accept, validators = [] }: FileRules,
  file: FileFacts,
): Promise<FileIssue[]> {
  const refused = accept && acceptIssue(accept, file);
  const answers = await Promise.all(validators.map((validator) => askValidator(validator, file)));
  return [...(refused === undefined ? [] : [refused]), ...answers.flat()];
}
