import type { FileRow } from '@filefield/core';

/** What a `jsonb` column keeps of a file, and filters may ask for. */
export const rowKeys: readonly (keyof FileRow)[] = [
  'storage',
  'name',
  'filename',
  'size',
  'type',
  'sha256',
  'uploadedAt',
  'metadata',
  'owned',
  'storedSize',
  'width',
  'height',
  'variants',
  'placeholder',
];

/** Whether a filter asks for one of {@link rowKeys}. */
export function isRowKey(key: string | undefined): key is keyof FileRow {
  return rowKeys.some((known) => known === key);
}
