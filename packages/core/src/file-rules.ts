import { acceptIssue, acceptProblem, type Accept } from './accept.ts';
import type { FileIssue } from './errors.ts';
import { askValidator, type FileFacts, type FileValidator } from './file-validator.ts';

/** What is asked of a file beyond its size. */
export interface FileRules {
  /** Types and extensions; the bytes decide. Default: everything. */
  readonly accept?: Accept | undefined;
  /** Further rules; all are asked. */
  readonly validators?: readonly FileValidator[] | undefined;
}

/** Says why nobody could keep these rules; `undefined` when they are fine. */
export function rulesProblem({ accept, validators = [] }: FileRules): string | undefined {
  if (!Array.isArray(validators)) return 'validators is no list';
  const unusable = validators.filter((validator) => !isValidator(validator));
  if (unusable.length > 0) {
    const shown = JSON.stringify(unusable[0]) ?? typeof unusable[0];
    return `validators holds ${shown}, neither a function nor a Standard Schema`;
  }
  return accept && acceptProblem(accept);
}

function isValidator(validator: unknown): boolean {
  if (typeof validator === 'function') return true;
  return typeof validator === 'object' && validator !== null && '~standard' in validator;
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
