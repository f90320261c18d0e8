import {
  imageIssues,
  ImageInspection,
  Intake,
  isMeasurable,
  type ImageLimits,
  type ImageSize,
} from '@filefield/core/binding';

/** How a test hands an image in. */
export interface InspectOptions {
  readonly filename?: string;
  readonly declared?: string;
  readonly accept?: readonly string[];
  /** Bytes of each chunk. Default: all at once. */
  readonly chunk?: number;
  readonly limits?: Partial<ImageLimits>;
}

/** Reads an image as an image field does, and answers its size. */
export async function inspect(
  bytes: Uint8Array,
  { filename, declared, accept, chunk = Infinity, limits = {} }: InspectOptions = {},
): Promise<ImageSize | undefined> {
  let inspection: ImageInspection | undefined;
  const rules = { maxPixels: 1_000_000, maxFrames: 5, applyOrientation: false, ...limits };
  const intake = await Intake.open(() => cut(bytes, chunk), {
    filename,
    type: declared,
    check: (facts) => imageIssues({ ...facts, declared }, accept),
    watch: ({ type }) => {
      inspection = isMeasurable(type) ? new ImageInspection(type, rules) : undefined;
      return inspection;
    },
  });
  const reader = intake[Symbol.asyncIterator]();
  while ((await reader.next()).done !== true);
  return inspection?.size;
}

async function* cut(bytes: Uint8Array, chunk: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += chunk) yield bytes.subarray(at, at + chunk);
}
