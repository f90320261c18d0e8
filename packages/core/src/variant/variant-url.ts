import { UnsupportedOperationError } from '../errors.ts';
import type { FileRow, VariantRow } from '../file-row.ts';
import type { FileStorage, UrlOptions } from '../file-storage.ts';
import type { FileContext } from '../pending-file.ts';
import { splitExtension } from '../split-extension.ts';
import { expectedWidth } from './expected-width.ts';
import { listedVariant } from './listed-variant.ts';
import type { VariantDefinition, VariantType } from './variant-definition.ts';
import { variantExtension, variantFile, variantName } from './variant-name.ts';
import { wholePixels } from './whole-pixels.ts';

/** A stored file whose variant is wanted. */
export interface VariantSource {
  readonly row: FileRow;
  readonly storage: FileStorage;
  readonly context: FileContext;
}

/** A URL and how wide the image is that it leads to, where that is known. */
export interface FoundUrl {
  readonly url: string;
  /** Pixels. */
  readonly width: number | undefined;
}

/**
 * The best URL of a variant that can be told without a request: of the service that makes it, of its object, of the
 * handler that makes it on demand, of one that an older definition made, of the original.
 *
 * @throws {@link UnsupportedOperationError} when the field declares no variant of this name.
 */
export function variantUrl(
  source: VariantSource,
  variant: string,
  options: UrlOptions = {},
): FoundUrl {
  const { row, storage, context } = source;
  const definition = definitionOf(source, variant);
  const listed = listedVariant(row, variant);
  const named = {
    ...options,
    download: offeredName(options, row, definition?.type ?? listedType(listed)),
  };
  const stored = (found: VariantRow): FoundUrl => ({
    url: storage.url(variantName(row.name, found.name), named),
    width: wholePixels(found.width),
  });
  if (definition === undefined) return listed === undefined ? original() : stored(listed);
  const width = expectedWidth(definition, row);
  const transformed = context.variants?.transformer?.url({
    row,
    storage,
    variant,
    definition,
    options: named,
  });
  if (transformed !== undefined) return { url: transformed, width };
  const file = variantFile(variant, definition, row);
  if (listed?.name === file) return stored(listed);
  const isPublic = storage.visibility === 'public';
  const onDemand = isVector(row)
    ? undefined
    : context.variants?.onDemand?.({ row, variant, file, isPublic, options: named });
  if (onDemand !== undefined) return { url: onDemand, width };
  return listed === undefined ? original() : stored(listed);

  function original(): FoundUrl {
    const download = options.download === true ? row.filename : options.download;
    return { url: storage.url(row.name, { ...options, download }), width: wholePixels(row.width) };
  }
}

function definitionOf(
  { row, context }: VariantSource,
  variant: string,
): VariantDefinition | undefined {
  const { field, variants } = context;
  const definitions = variants?.definitions ?? {};
  if (Object.hasOwn(definitions, variant)) return definitions[variant];
  // The file of a raw query belongs to a field that nobody has told.
  if (field === undefined) return undefined;
  const known = Object.keys(definitions).map((name) => JSON.stringify(name));
  const reason =
    known.length === 0
      ? `${field} declares no variants`
      : `${field} declares no such variant, known are ${known.join(', ')}`;
  throw new UnsupportedOperationError(
    `make a URL of variant ${JSON.stringify(variant)} of "${row.name}"`,
    row.storage,
    reason,
  );
}

/** Nothing is gained by making pixels of it. */
function isVector({ type }: FileRow): boolean {
  return type === 'image/svg+xml';
}

/** What a download is called: a WebP must not be called `me.jpg`. */
function offeredName(
  { download }: UrlOptions,
  { filename, name }: FileRow,
  type: VariantType | undefined,
): UrlOptions['download'] {
  if (download !== true) return download;
  const called = typeof filename === 'string' ? filename : (name.split('/').pop() ?? '');
  return type === undefined ? called : `${splitExtension(called)[0]}.${variantExtension(type)}`;
}

function listedType(listed: VariantRow | undefined): VariantType | undefined {
  const type: unknown = listed?.type;
  return isImageType(type) ? type : undefined;
}

function isImageType(type: unknown): type is VariantType {
  return typeof type === 'string' && type.startsWith('image/');
}
