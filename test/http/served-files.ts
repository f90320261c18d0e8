import type { FieldFile, FileRow, FileStorage } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';

/** A name that no other object ever has. */
export const uniqueText = 'letters/hello_qdec65nj3jefs89s363v0r.txt';

/** Another one. */
export const uniqueEmpty = 'letters/empty_5rwwtyajak91b0cbhx0a52.txt';

/** A file as a field has it after loading, whatever its row says. */
export function fileOf(storage: FileStorage, row: Readonly<Record<string, unknown>>): FieldFile {
  const whole = { storage: storage.alias ?? 'default', ...row } as unknown as FileRow;
  return fileBinding.hydrate(whole, { storage: () => storage });
}
