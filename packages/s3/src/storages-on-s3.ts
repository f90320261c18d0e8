import type { FileStorage } from '@filefield/core';
import { partsOf } from '@filefield/core/binding';
import { S3Storage } from './s3-storage.ts';

/** Storages by alias, or some of them. */
export type StoragesToAllow =
  | { readonly aliases: readonly string[]; get(alias: string): FileStorage }
  | Iterable<FileStorage>;

/** Those of the storages, and of what they are made of, that are on S3. */
export function storagesOnS3(storages: StoragesToAllow): S3Storage[] {
  const all = 'aliases' in storages ? storages.aliases.map((name) => storages.get(name)) : storages;
  return [...all].flatMap(partsOf).filter((one) => one instanceof S3Storage);
}
