import { FieldFile, PendingFileError, UnsupportedOperationError } from '@filefield/core';
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

/**
 * A file as a parameter of a column that holds names only.
 * @throws {@link UnsupportedOperationError} when its object lies in another storage than the column means.
 */
export function nameParameter(file: FieldFile, alias: string): string {
  const row = fileBinding.row(file);
  if (row === undefined) throw unusable(file.filename);
  assertNotExpired(file);
  if (row.storage === alias) return row.name;
  const reason = `the column holds names in storage "${alias}" only, files.stage() a copy first`;
  throw new UnsupportedOperationError(`use "${row.name}"`, row.storage, reason);
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
