import type { VariantContext } from '@filefield/core/binding';
import type { FileFieldSettings } from '../field/file-field-options.ts';
import type { VariantsOptions } from './variants-options.ts';

/** What a declaration of variants needs of the extension. */
export interface VariantContextOptions {
  readonly variants: VariantsOptions;
  /** The way to variants that are made when somebody asks for them. */
  readonly onDemand: (field: string) => VariantContext['onDemand'];
}

/** What the files of a field know of the variants that it declares; nothing where it is no image field. */
export function variantContext(
  field: string,
  { image, column }: FileFieldSettings,
  { variants: { transformer }, onDemand }: VariantContextOptions,
): VariantContext | undefined {
  if (image === undefined) return undefined;
  // A column of names lists nothing: where somebody asks for a variant, nobody could find it again.
  const isFound = column === 'json' && Object.keys(image.declared).length > 0;
  return {
    definitions: image.declared,
    onDemand: isFound ? onDemand(field) : undefined,
    transformer,
  };
}

/** The settings without the variants that a service makes: the library neither makes nor stores them. */
export function withoutServed(
  settings: FileFieldSettings,
  { transformer }: VariantsOptions,
): FileFieldSettings {
  const { image } = settings;
  if (image === undefined || transformer === undefined) return settings;
  const own = Object.entries(image.declared).filter(([, { resize }]) => resize === undefined);
  return { ...settings, image: { ...image, variants: Object.fromEntries(own) } };
}
