import type { FileStorage } from '@filefield/core';
import {
  detectType,
  headBytes,
  ImageInspection,
  Intake,
  isMeasurable,
  type ImageSize,
} from '@filefield/core/binding';
import type { FileProperty } from '../discovery/file-property.ts';
import { ImageCheck } from './image-check.ts';
import type { ImageSettings } from '../field/image-field-options.ts';

/** An object that is to be looked at. */
export interface ObjectToMeasure {
  readonly storage: FileStorage;
  readonly name: string;
  readonly filename: string | undefined;
  /** The version that is looked at. */
  readonly etag?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What has been found out about an object that was read whole. */
export interface InspectedObject {
  readonly size: ImageSize | undefined;
  readonly sha256: string;
}

/**
 * Reads an object that no image field has let in yet, whole: whether it is complete, its end alone tells.
 * @throws {@link FileValidationError} when it is no image that the field takes.
 */
export async function inspectedObject(
  image: ImageSettings,
  { field, type: { settings } }: FileProperty,
  { storage, name, filename, etag, signal }: ObjectToMeasure,
): Promise<InspectedObject> {
  const { accept } = settings.rules;
  const check = new ImageCheck(image, { declared: undefined, accept });
  const intake = await Intake.open(await storage.open(name, { etag, signal }), {
    filename,
    signal,
    subject: field,
    check: (facts) => check.issues(facts),
    watch: (facts) => check.watch(facts),
  });
  const bytes = intake[Symbol.asyncIterator]();
  while ((await bytes.next()).done !== true);
  return { size: check.size, sha256: intake.sha256 };
}

/** Measures an object that is let in on purpose, and reads no further than its header unless the orientation is asked; `undefined` of what is no image. */
export async function measuredObject(
  image: ImageSettings,
  { storage, name, filename, etag, signal }: ObjectToMeasure,
): Promise<ImageSize | undefined> {
  let inspection: ImageInspection | undefined;
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of await storage.open(name, { etag, signal })) {
    if (inspection !== undefined) inspection.pass(chunk);
    else {
      held.push(chunk);
      bytes += chunk.byteLength;
      if (bytes < headBytes) continue;
      inspection = await begun(held);
      held = [];
    }
    if (inspection === undefined) return undefined;
    // The orientation may stand behind the pixels.
    if (inspection.size !== undefined && !image.applyOrientation) return inspection.size;
  }
  inspection ??= await begun(held);
  return inspection?.size;

  async function begun(chunks: readonly Uint8Array[]): Promise<ImageInspection | undefined> {
    const head = Buffer.concat(chunks);
    const type = await detectType({ head: head.subarray(0, headBytes), filename });
    if (!isMeasurable(type)) return undefined;
    const begins = new ImageInspection(type, image);
    begins.pass(head);
    return begins;
  }
}
