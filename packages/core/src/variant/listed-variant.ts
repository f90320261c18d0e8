import { nameProblem } from '../file-name.ts';
import type { FileRow, VariantRow } from '../file-row.ts';
import { variantName } from './variant-name.ts';

/**
 * What a row lists of a variant. Raw SQL may have written anything: what could be the name of another object is not listed, nor what
 * could be none's.
 */
export function listedVariant(
  { name, variants }: FileRow,
  variant: string,
): VariantRow | undefined {
  if (typeof variants !== 'object' || variants === null || !Object.hasOwn(variants, variant)) {
    return undefined;
  }
  const listed: unknown = variants[variant];
  if (!isVariantRow(listed)) return undefined;
  const problem = nameProblem(variantName(name, listed.name), { reserved: 'allow' });
  return problem === undefined ? listed : undefined;
}

function isVariantRow(value: unknown): value is VariantRow {
  if (typeof value !== 'object' || value === null || !('name' in value)) return false;
  return typeof value.name === 'string' && /^[\w-]+\.\w+$/.test(value.name);
}
