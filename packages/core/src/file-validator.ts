import { FileValidationError, type FileIssue } from './errors.ts';
import type { StandardSchema } from './standard-schema.ts';

/** What a validator is shown of a file, before a byte of it is stored. */
export interface FileFacts {
  readonly filename: string | undefined;
  /** Media type, found from the bytes, then from the extension, then as declared. */
  readonly type: string;
  /** Bytes; `undefined` of a stream, whose end alone will tell. */
  readonly size: number | undefined;
  /** The first 4,100 bytes, or all where there are fewer. */
  readonly head: Uint8Array;
}

/** What a validator answers: nothing where the file is fine, else messages for the form, or issues of its own making. */
export type ValidatorAnswer =
  | undefined
  | null
  | void
  | string
  | FileIssue
  | readonly (string | FileIssue)[];

/**
 * A rule for files: a function of their facts, which may wait, or a Standard Schema (zod, valibot, arktype) of an object
 * with `filename`, `type` and `size`. One that throws a {@link FileValidationError} adds its issues to the others; any
 * other error ends the upload as it is.
 */
export type FileValidator =
  | ((file: FileFacts) => ValidatorAnswer | Promise<ValidatorAnswer>)
  | StandardSchema;

/**
 * Asks a validator; a function without a name of its own is called `validator` in its issues.
 * @throws TypeError when it answers neither nothing, a message nor issues.
 */
export async function askValidator(
  validator: FileValidator,
  file: FileFacts,
): Promise<readonly FileIssue[]> {
  try {
    if ('~standard' in validator) return await schemaIssues(validator, file);
    return issuesOf(await validator(file), validator.name || 'validator');
  } catch (error) {
    if (error instanceof FileValidationError) return error.issues;
    throw error;
  }
}

function issuesOf(answer: ValidatorAnswer, validator: string): readonly FileIssue[] {
  // A form knows the empty message as the one of a field that is fine.
  if (answer === undefined || answer === null || answer === '') return [];
  const answers: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
  return answers.map((one) => {
    if (typeof one === 'string') return { validator, message: one };
    if (isIssue(one)) return { ...one, validator: one.validator ?? validator };
    const shown = JSON.stringify(one) ?? typeof one;
    throw new TypeError(
      `Cannot use the answer of validator "${validator}": it is ${shown}, wanted is nothing, a message or issues`,
    );
  });
}

function isIssue(answer: unknown): answer is Omit<FileIssue, 'validator'> & Partial<FileIssue> {
  if (typeof answer !== 'object' || answer === null) return false;
  return 'message' in answer && typeof answer.message === 'string';
}

async function schemaIssues(
  schema: StandardSchema,
  { head, ...file }: FileFacts,
): Promise<FileIssue[]> {
  const { vendor, validate } = schema['~standard'];
  const { issues = [] } = await validate(file);
  return issues.map(({ message, path = [] }) => {
    const [key] = path.map((step) => (typeof step === 'object' ? step.key : step));
    const facts = new Map<PropertyKey | undefined, unknown>(Object.entries(file));
    const received = facts.get(key);
    return { validator: vendor, message, ...(received !== undefined && { received }) };
  });
}
