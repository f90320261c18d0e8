import { hash } from 'node:crypto';
import mime from 'mime';
import type { FileRow } from '../file-row.ts';
import type { VariantDefinition, VariantType } from './variant-definition.ts';

/** What a variant's name depends on of its original. */
export type VariantOrigin = Pick<FileRow, 'name' | 'uploadedAt' | 'sha256' | 'size'>;

/**
 * The last part of the name of a variant's object: `thumb-<digest>.webp`. The digest is of its name, its definition and the
 * bytes that it is made of: where a name is used once more, another file's variant is never taken for this one's.
 */
export function variantFile(
  variant: string,
  { fingerprint, type }: VariantDefinition,
  { uploadedAt, sha256, size }: VariantOrigin,
): string {
  // What the library has written tells when: no backfill changes such a name. Of a row that told less, a checksum that is
  // filled in later does, and its variants are made anew.
  const source = uploadedAt ?? sha256 ?? size ?? null;
  const digest = hash('sha256', JSON.stringify([variant, fingerprint, source]), 'buffer');
  return `${variant}-${digest.subarray(0, 10).toString('hex')}.${variantExtension(type)}`;
}

/** The name of a variant's object: below its original's, in a directory that nobody else may write. */
export function variantName(original: string, file: string): string {
  return `${original}.v/${file}`;
}

/** The extension of images of a type, without a dot. */
export function variantExtension(type: VariantType): string {
  return mime.getExtension(type) ?? 'img';
}
