import { MemoryStorage, type FieldFile, type FileRow, type FileStorage } from '@filefield/core';
import { fileBinding, type FileContext } from '@filefield/core/binding';

/** What a stored file of a test is made of. */
interface StoredFileOptions {
  readonly storage?: FileStorage;
  /** Facts of the row besides those of the stored object. */
  readonly row?: Partial<FileRow>;
  readonly json?: FileContext['json'];
}

/** A file as a field has it after loading: its object in a storage, its row, and the way from one to the other. */
export async function storedFile(
  content: string | Uint8Array,
  { storage = new MemoryStorage(), row: facts = {}, json }: StoredFileOptions = {},
): Promise<{ file: FieldFile; storage: FileStorage; row: FileRow }> {
  storage.alias ??= 'default';
  const { name, size, type, sha256 } = await storage.save('avatars/me.txt', content);
  const row: FileRow = { storage: storage.alias, name, size, type, sha256, ...facts };
  return { file: fileBinding.hydrate(row, { storage: () => storage, json }), storage, row };
}
