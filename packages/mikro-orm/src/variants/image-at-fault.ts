import {
  FileNotFoundError,
  FileValidationError,
  IntegrityError,
  InvalidNameError,
  type FileRow,
} from '@filefield/core';

/**
 * Whether a failure comes from the original itself, so that a further attempt would hardly end otherwise: it cannot be
 * rendered, is not there, or has a name too long for variants. Every other failure is one of the storage, the database
 * or the engine, and passes.
 */
export function isImageAtFault(error: unknown, { name }: Pick<FileRow, 'name'>): boolean {
  if (error instanceof FileNotFoundError) return error.object === name;
  const kinds = [FileValidationError, InvalidNameError, IntegrityError];
  return kinds.some((kind) => error instanceof kind);
}
