import type { FileRow, VariantRow } from '../file-row.ts';

/**
 * What a row lists of a variant. Raw SQL may have written anything: what could be the name of another object is not listed.
 */
export function listedVariant({ variants }: FileRow, variant: string): VariantRow | undefined {
  if (typeof variants !== 'object' || variants === null || !Object.hasOwn(variants, variant)) {
    return undefined;
  }
  const listed: unknown = variants[variant];
  return isVariantRow(listed) ? listed : undefined;
}

function isVariantRow(value: unknown): value is VariantRow {
  if (typeof value !== 'object' || value === null || !('name' in value)) return false;
  return typeof value.name === 'string' && /^[\w-]+\.\w+$/.test(value.name);
}
