import type { FileRow } from '@filefield/core';
import { variantName } from '@filefield/core/binding';
import type { Journal } from './journal.ts';

/**
 * A value that is brought back, with its list of variants where all of them can be brought back as well. Otherwise without
 * one: they are made anew, and a statement that writes the value never fails for one that is being reclaimed.
 *
 * @param due Milliseconds that the variants are safe for.
 */
export async function restoredVariants(
  { variants, ...row }: FileRow,
  journal: Journal,
  due: number,
): Promise<FileRow> {
  const listed: unknown[] = Object.values(Object(variants));
  for (const variant of listed) {
    const { name: file }: { name?: unknown } = Object(variant);
    if (typeof file !== 'string' || file === '') return row;
    const name = variantName(row.name, file);
    if ((await journal.restore({ storage: row.storage, name }, due)) === null) return row;
  }
  return listed.length > 0 ? { ...row, variants: variants ?? {} } : row;
}
