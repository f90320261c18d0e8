import type { FileFieldSettings } from '../field/file-field-options.ts';
import type { FileColumn } from '../journal/file-column.ts';
import { makesImages } from '../variants/wanted-variants.ts';

/** What the triggers of a field's column do about variants: a column of names can list none. */
export function columnVariants({ image, column }: FileFieldSettings): FileColumn['variants'] {
  if (image === undefined || column === 'name') return undefined;
  return image.generate === 'background' && makesImages(image) ? 'made' : 'listed';
}
