import {
  FileFieldError,
  FileNotFoundError,
  IntegrityError,
  type FileStorage,
} from '@filefield/core';
import { Intake, typeOfName, unknownType } from '@filefield/core/binding';
import type { Flaw } from './row-problem.ts';

/** What a row tells of an object. */
export interface ObjectFacts {
  /** Bytes. */
  readonly size: number;
  readonly type: string;
  readonly sha256?: string;
  readonly modifiedAt: Date;
}

/** Options of {@link objectFacts}. */
export interface FactsOptions {
  readonly filename: string | undefined;
  /** Reads all bytes, for their type and SHA-256; otherwise the storage is only asked. */
  readonly isRead: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Finds out what a row tells of an object, or what is wrong with it. */
export async function objectFacts(
  storage: FileStorage,
  name: string,
  options: FactsOptions,
): Promise<ObjectFacts | { readonly flaw: Flaw }> {
  try {
    return await found(storage, name, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof FileFieldError)) throw error;
    return { flaw: { kind: kindOf(error), reason: error.message } };
  }
}

async function found(
  storage: FileStorage,
  name: string,
  { filename, isRead, signal }: FactsOptions,
): Promise<ObjectFacts> {
  const { size, type: told, etag, modifiedAt } = await storage.stat(name);
  if (!isRead) {
    const type = told ?? typeOfName(filename ?? name) ?? unknownType;
    return { size, type, modifiedAt };
  }
  const stream = await storage.open(name, { etag, signal });
  const intake = await Intake.open(stream, { filename: filename ?? name, type: told, signal });
  const bytes = intake[Symbol.asyncIterator]();
  while ((await bytes.next()).done !== true);
  if (intake.size !== size) {
    const sizes = { expected: `${size} bytes`, received: `${intake.size} bytes` };
    throw new IntegrityError('read', { storage: storage.alias, name }, sizes);
  }
  return { size, type: intake.type, sha256: intake.sha256, modifiedAt };
}

function kindOf(error: FileFieldError): Flaw['kind'] {
  if (error instanceof FileNotFoundError) return 'missing';
  return error instanceof IntegrityError ? 'changed' : 'storage';
}
