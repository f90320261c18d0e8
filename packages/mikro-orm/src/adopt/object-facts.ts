import {
  FileFieldError,
  FileNotFoundError,
  IntegrityError,
  type FileStorage,
} from '@filefield/core';
import { Intake, typeOfName, unknownType } from '@filefield/core/binding';
import type { ImageSettings } from '../field/image-field-options.ts';
import { ImageCheck } from '../image/image-check.ts';
import { measuredObject } from '../image/measured-object.ts';
import type { Flaw } from './row-problem.ts';

/** What a row tells of an object. */
export interface ObjectFacts {
  /** Bytes. */
  readonly size: number;
  readonly type: string;
  readonly sha256?: string;
  readonly modifiedAt: Date;
  /** Pixels, of images that an image field asks about. */
  readonly width?: number;
  readonly height?: number;
}

/** Options of {@link objectFacts}. */
export interface FactsOptions {
  readonly filename: string | undefined;
  /** Reads all bytes, for their type and SHA-256; otherwise the storage is only asked. */
  readonly isRead: boolean;
  /** How an image is measured, of which then the head is read at least. */
  readonly image?: ImageSettings | undefined;
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
  { filename, isRead, image, signal }: FactsOptions,
): Promise<ObjectFacts> {
  const { size, type: told, etag, modifiedAt } = await storage.stat(name);
  if (!isRead) {
    const type = told ?? typeOfName(filename ?? name) ?? unknownType;
    const object = { storage, name, filename: filename ?? name, etag, signal };
    return { size, type, modifiedAt, ...(image && (await measuredObject(image, object))) };
  }
  const stream = await storage.open(name, { etag, signal });
  const check = image && new ImageCheck(image, { declared: undefined, accept: undefined });
  const intake = await Intake.open(stream, {
    filename: filename ?? name,
    type: told,
    signal,
    watch: check && ((facts) => check.watch(facts, 'measure')),
  });
  const bytes = intake[Symbol.asyncIterator]();
  while ((await bytes.next()).done !== true);
  if (intake.size !== size) {
    const sizes = { expected: `${size} bytes`, received: `${intake.size} bytes` };
    throw new IntegrityError('read', { storage: storage.alias, name }, sizes);
  }
  return { size, type: intake.type, sha256: intake.sha256, modifiedAt, ...check?.size };
}

function kindOf(error: FileFieldError): Flaw['kind'] {
  if (error instanceof FileNotFoundError) return 'missing';
  return error instanceof IntegrityError ? 'changed' : 'storage';
}
