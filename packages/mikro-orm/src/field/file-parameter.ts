import { FieldFile, PendingFileError } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';
import type { Platform } from '@mikro-orm/core';
import { assertNotExpired } from './assert-not-expired.ts';
import { holdsPendingMark, markedFilename } from './pending-mark.ts';

/**
 * A file as a parameter of SQL: the text of its row.
 * @throws {@link PendingFileError} when it is pending. @throws {@link UploadRejectedError} when its upload expired.
 */
export function fileParameter(file: FieldFile): string {
  const row = fileBinding.row(file);
  if (row === undefined) throw unusable(file.filename);
  assertNotExpired(file);
  return JSON.stringify(row);
}

const patched = new WeakSet<object>();

/**
 * Lets files be parameters of raw SQL. MikroORM writes objects that it does not know into the SQL as they are, without
 * quotes; and snapshots of whole entities reach statements in `em.insert(entity)` and `em.upsert(entity)`.
 */
export function filesAsParameters(platform: Platform): void {
  if (patched.has(platform)) return;
  patched.add(platform);
  const escape = platform.escape.bind(platform);
  platform.escape = (value: unknown) => {
    if (typeof value === 'string' && holdsPendingMark(value)) throw unusable(markedFilename(value));
    return escape(value instanceof FieldFile ? fileParameter(value) : value);
  };
}

function unusable(filename: string | undefined): PendingFileError {
  return new PendingFileError('use', filename, 'files.stage() it before it goes into a query');
}
