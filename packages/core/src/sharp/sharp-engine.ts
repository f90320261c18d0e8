import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import { StorageOptionsError } from '../errors.ts';
import type { ImageEngine } from '../variant/image-engine.ts';
import { notStarted } from './not-started.ts';
import { RenderProcess } from './render-process.ts';

/** How {@link sharpEngine} works. */
export interface SharpEngineOptions {
  /** Milliseconds that decoding one image and making all that is asked for of it may take, once its bytes are there. Default: 30,000. */
  readonly timeout?: number | undefined;
  /** Bytes of memory that the child may have. Default: 1 GiB. */
  readonly memory?: number | undefined;
  /** Images that are decoded at the same time; others wait. Default: as many as the machine has cores. */
  readonly concurrency?: number | undefined;
  /** Milliseconds that a child without work waits for the next image; 0 starts one for each. Default: 10,000. */
  readonly idle?: number | undefined;
  /** The program of the child, for an application that is bundled into one file: where its copy of `render-child.js` lies. Default: the package's. */
  readonly child?: URL | undefined;
}

/**
 * Makes variants with sharp, which the application installs: JPEG, PNG, WebP, GIF, AVIF and TIFF in, WebP, AVIF, JPEG and
 * PNG out; upright, in sRGB, without metadata. Each original is decoded in a child process of its own, which has no
 * environment and is killed when it takes too long or too much memory.
 *
 * @throws {@link StorageOptionsError} when sharp is not installed. @throws RangeError for a limit that is none.
 */
export function sharpEngine({
  timeout = 30_000,
  memory = 1024 ** 3,
  concurrency = availableParallelism(),
  idle = 10_000,
  child,
}: SharpEngineOptions = {}): Required<ImageEngine> {
  assertWhole('timeout', timeout, { least: 1, most: longestTimer });
  assertWhole('memory', memory, { least: 1 });
  assertWhole('concurrency', concurrency, { least: 1 });
  assertWhole('idle', idle, { least: 0, most: longestTimer });
  const program = childProgram(child);
  const limit = pLimit(concurrency);
  let spare: RenderProcess | undefined;
  let keepsSpare = idle > 0;
  let idleTimer: NodeJS.Timeout | undefined;

  return {
    async render(source, request) {
      return await limit(async () => {
        const process = takeSpare() ?? newProcess();
        // While this image is decoded the next child starts, which takes as long as a small image.
        if (keepsSpare) keepSpare();
        return await process.render(source, request);
      });
    },
    async close() {
      keepsSpare = false;
      takeSpare()?.kill();
    },
  };

  function newProcess(): RenderProcess {
    try {
      return new RenderProcess(program, { timeout, memory });
    } catch (error) {
      throw notStarted(error instanceof Error ? error.message : String(error), error);
    }
  }

  function takeSpare(): RenderProcess | undefined {
    const taken = spare;
    spare = undefined;
    clearTimeout(idleTimer);
    return taken?.isAlive ? taken : undefined;
  }

  function keepSpare(): void {
    try {
      spare = takeSpare() ?? newProcess();
    } catch {
      // Whoever has the next image is told, if it is still so by then.
      return;
    }
    spare.unref();
    idleTimer = setTimeout(() => takeSpare()?.kill(), idle).unref();
  }
}

/** Milliseconds; a timer of more ends at once. */
const longestTimer = 2 ** 31 - 1;

function assertWhole(
  option: string,
  value: number,
  { least, most = Number.MAX_SAFE_INTEGER }: { readonly least: number; readonly most?: number },
): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new RangeError(
    `Cannot use sharpEngine(): ${option} ${value} is not a whole number from ${least} to ${most}`,
  );
}

/** The file that the child runs; found and checked before there is any image. */
function childProgram(child: URL | undefined): string {
  const { url } = import.meta;
  // What is bundled into CommonJS cannot resolve; the child then tells whether sharp is there.
  if (child === undefined) assertInstalled();
  const program = fileURLToPath(child ?? new URL(`render-child${extname(url)}`, url));
  if (existsSync(program)) return program;
  throw new StorageOptionsError(
    'Cannot use sharpEngine(): render-child.js is missing, leave @filefield/core out of the bundle or set child',
  );
}

function assertInstalled(): void {
  try {
    import.meta.resolve('sharp');
  } catch (cause) {
    throw new StorageOptionsError(
      'Cannot use sharpEngine(): install sharp 0.35, npm install sharp',
      { cause },
    );
  }
}
