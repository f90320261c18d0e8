import type { FileIssue } from './errors.ts';
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

/** What a validator answers: nothing where the file is fine, else a message for the form, or issues of its own making. */
export type ValidatorAnswer = undefined | void | string | FileIssue | readonly FileIssue[];

/**
 * A rule for files: a function of their facts, which may wait, or a Standard Schema (zod, valibot, arktype) of an object
 * with `filename`, `type` and `size`.
 */
export type FileValidator =
  | ((file: FileFacts) => ValidatorAnswer | Promise<ValidatorAnswer>)
  | StandardSchema;

/** Asks a validator; a function without a name of its own is called `validator` in its issues. */
export async function askValidator(
  validator: FileValidator,
  file: FileFacts,
): Promise<readonly FileIssue[]> {
  if ('~standard' in validator) return schemaIssues(validator, file);
  const answer = await validator(file);
  if (answer === undefined) return [];
  if (typeof answer === 'string') {
    return [{ validator: validator.name || 'validator', message: answer }];
  }
  return 'message' in answer ? [answer] : answer;
}

async function schemaIssues(schema: StandardSchema, { head, ...file }: FileFacts): Promise<FileIssue[]> {
  const { vendor, validate } = schema['~standard'];
  const { issues = [] } = await validate(file);
  return issues.map(({ message, path = [] }) => {
    const [key] = path.map((step) => (typeof step === 'object' ? step.key : step));
    const received = file[key as keyof typeof file];
    return { validator: vendor, message, ...(received !== undefined && { received }) };
  });
}
