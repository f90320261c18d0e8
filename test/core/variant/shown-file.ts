import { tmpdir } from 'node:os';
import { FileSystemStorage, type FieldFile, type FileRow } from '@filefield/core';
import { fileBinding, type FileContext, type VariantContext } from '@filefield/core/binding';

/** Who signs the URLs of these files. */
export const key = 'k'.repeat(32);

/** What the row of such a file tells. */
export const photo: FileRow = {
  storage: 'media',
  name: 'avatars/me.jpg',
  filename: 'me at sea.jpg',
  size: 1000,
  type: 'image/jpeg',
  uploadedAt: '2026-11-20T12:00:00.000Z',
  width: 4000,
  height: 3000,
};

/** What a file is shown with. */
export interface ShownOptions extends Partial<VariantContext> {
  readonly visibility?: 'public' | 'private';
  /** `Entity.property`; `undefined` as of a raw query. */
  readonly field?: string | undefined;
}

/** A stored file whose field declares variants; nothing is on the disk. */
export function shownFile(row: FileRow, options: ShownOptions = {}): FieldFile {
  const { visibility = 'public', definitions = {}, onDemand, transformer } = options;
  const storage = new FileSystemStorage({
    location: tmpdir(),
    baseUrl: '/media/',
    visibility,
    keys: [key],
  });
  const context: FileContext = {
    field: 'field' in options ? options.field : 'User.avatar',
    storage: () => storage,
    variants: { definitions, onDemand, transformer },
  };
  return fileBinding.hydrate(row, context);
}
