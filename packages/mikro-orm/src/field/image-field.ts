import {
  fieldBuilder,
  type BlankFileFieldBuilder,
  type FileFieldBuilder,
  type NamedFileFieldBuilder,
} from './file-field.ts';
import { imageFieldSettings } from './file-field-options.ts';
import type { ImageFieldOptions, NumberKey } from './image-field-options.ts';

type Keys<Entity extends object> = object extends Entity ? string : NumberKey<Entity>;

type Options<Entity extends object> = ImageFieldOptions<Entity, Keys<Entity>, Keys<Entity>> & {
  readonly index?: boolean;
};

/**
 * Declares an image field for `defineEntity`: measured while it is uploaded, and refused unless it is an image. Mistakes in
 * the options, such as a `widthProperty` that there is not, fail when the ORM starts.
 *
 * @example
 * ```ts
 * const Photo = defineEntity({
 *   name: 'Photo',
 *   properties: (p) => ({
 *     id: p.integer().primary(),
 *     image: imageField({ uploadTo: 'photos/', widthProperty: 'width' }).nullable(),
 *     width: p.integer().nullable(),
 *   }),
 * });
 * ```
 */
export function imageField<Entity extends object = object>(
  options: Options<Entity> & { readonly column: 'name'; readonly default: '' },
): BlankFileFieldBuilder;
export function imageField<Entity extends object = object>(
  options: Options<Entity> & { readonly column: 'name' },
): NamedFileFieldBuilder;
export function imageField<Entity extends object = object>(
  options?: Options<Entity>,
): FileFieldBuilder;
export function imageField(options: ImageFieldOptions<never> = {}): object {
  return fieldBuilder(imageFieldSettings(options));
}
