import {
  FileFieldError,
  FileValidationError,
  StorageOptionsError,
  type FileRow,
  type FileStorage,
  type ImageEngine,
  type MadeVariant,
} from '@filefield/core';
import type { FileProperty } from '../discovery/file-property.ts';
import { reach, type FailPointOptions } from '../fail-points.ts';
import type { WantedVariant, WantedVariants } from './wanted-variants.ts';

/** An image that is stored, and the field that it belongs to. */
export interface Original {
  readonly property: FileProperty;
  readonly storage: FileStorage;
  readonly row: FileRow;
}

/** A variant that was made and is stored nowhere. */
export interface RenderedVariant extends MadeVariant {
  readonly wanted: WantedVariant;
}

/** What was made of an original. */
export interface RenderedVariants {
  readonly images: readonly RenderedVariant[];
  /** Thumbhash in Base64. */
  readonly placeholder?: string | undefined;
}

/** What {@link renderVariants} needs of the extension. */
export interface RenderHost extends FailPointOptions {
  readonly engine: ImageEngine | undefined;
}

/** Milliseconds that a function of the application may take. */
const functionTimeout = 60_000;

/**
 * Makes what is missing: all resizes with the placeholder at once, then each function of the application.
 *
 * @throws {@link FileValidationError} when the image is at fault. @throws {@link StorageOptionsError} when an engine is
 * needed and there is none. Errors of the storage pass through.
 */
export async function renderVariants(
  host: RenderHost,
  original: Original,
  { missing, placeholder }: Pick<WantedVariants, 'missing' | 'placeholder'>,
  signal: AbortSignal,
): Promise<RenderedVariants> {
  if (missing.length === 0 && !placeholder) return { images: [] };
  await reach(host, 'render', 'before');
  const byEngine = missing.filter(({ definition }) => definition.resize !== undefined);
  const rendered = await byTheEngine(host, original, { missing: byEngine, placeholder }, signal);
  const images: RenderedVariant[] = [...rendered.images];
  for (const wanted of missing) {
    if (!byEngine.includes(wanted)) {
      images.push({ wanted, ...(await byFunction(original, wanted, signal)) });
    }
  }
  await reach(host, 'render', 'after');
  return { ...rendered, images };
}

async function byTheEngine(
  { engine }: RenderHost,
  original: Original,
  { missing, placeholder }: Pick<WantedVariants, 'missing' | 'placeholder'>,
  signal: AbortSignal,
): Promise<RenderedVariants> {
  if (missing.length === 0 && !placeholder) return { images: [] };
  const { field, type } = original.property;
  if (engine === undefined) {
    throw new StorageOptionsError(
      `Cannot make variants of ${field}: this process has no engine, pass fileFields({ variants: { engine: sharpEngine() } })`,
    );
  }
  const resizes = missing.flatMap(({ definition }) => definition.resize ?? []);
  const maxPixels = type.settings.image?.maxPixels ?? 0;
  const request = { resizes, placeholder, maxPixels, signal };
  const made = await engine.render(bytesOf(original, signal), request);
  if (made.images.length !== missing.length) {
    throw new TypeError(`The engine made ${made.images.length} of ${missing.length} images`);
  }
  const images = made.images.flatMap((image, index) => {
    const wanted = missing[index];
    return wanted === undefined ? [] : [{ wanted, ...image }];
  });
  return { images, placeholder: placeholder ? made.placeholder : undefined };
}

async function byFunction(
  original: Original,
  { variant, definition: { make } }: WantedVariant,
  signal: AbortSignal,
): Promise<MadeVariant> {
  const limit = AbortSignal.timeout(functionTimeout);
  const either = AbortSignal.any([signal, limit]);
  const ended = Promise.withResolvers<never>();
  const end = (): void => ended.reject(either.reason);
  either.addEventListener('abort', end, { once: true });
  try {
    either.throwIfAborted();
    const work = make?.(bytesOf(original, either), { signal: either });
    const made = await Promise.race([work, ended.promise]);
    if (!(made?.bytes instanceof Uint8Array) || made.bytes.byteLength === 0) {
      throw new TypeError('the function of a variant gave no bytes');
    }
    return made;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    // Those of the storage, which the function has read from, are no fault of the image.
    if (error instanceof FileFieldError) throw error;
    const message = `the variant "${variant}" cannot be made of it`;
    throw new FileValidationError(original.property.field, [{ validator: 'variant', message }], {
      cause: error,
    });
  } finally {
    either.removeEventListener('abort', end);
  }
}

/** Opened when somebody reads it, and closed when he stops. */
async function* bytesOf(
  { storage, row: { name } }: Original,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  yield* await storage.open(name, { signal });
}
