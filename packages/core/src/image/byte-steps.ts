/** What a reader of a format wants next; whatever it passes over is never held. */
export type ByteStep =
  | {
      /** Answers with so many bytes, at most 256 KiB. */
      readonly take: number;
      /** Whether the file may end in front of them. */
      readonly mayEnd?: boolean;
      readonly isText?: boolean;
    }
  | {
      /** Passes over so many bytes. */
      readonly skip: number;
      /** Whether the file may end among them. */
      readonly mayEnd?: boolean;
      /** Whether they are metadata, in which text can hide. */
      readonly isText?: boolean;
    }
  | FindStep;

interface FindStep {
  /** Passes over everything up to and with the next such byte. */
  readonly find: number;
  /** Where one of these follows and is here already, the search goes on. */
  readonly unless?: ReadonlySet<number>;
}

/** The way through the structure of a file, to its end; throws {@link BrokenImage} where there is none. */
export type ByteSteps = Generator<ByteStep, void, Uint8Array>;

/** What a file is not: an image that is built as its format says. */
export class BrokenImage extends Error {}

const nothing = new Uint8Array();

// Each part takes time, however short it is; those of images are hundreds of bytes long.
const [fewParts, bytesOfPart] = [20_000, 32];

/** Leads the chunks of a stream through {@link ByteSteps}, whichever way they are cut. */
export class ByteWalk {
  readonly #steps: ByteSteps;
  readonly #onText: (bytes: Uint8Array) => void;
  #step: ByteStep | undefined;
  #left = 0;
  #held: Uint8Array | undefined;
  #parts = 0;
  #bytes = 0;

  constructor(steps: ByteSteps, onText: (bytes: Uint8Array) => void) {
    this.#steps = steps;
    this.#onText = onText;
    this.#resume(nothing);
  }

  /** Whether the structure is complete. */
  get isDone(): boolean {
    return this.#step === undefined;
  }

  /** Whether the file may end here. */
  get mayEnd(): boolean {
    const step = this.#step;
    if (step === undefined) return true;
    if ('find' in step || step.mayEnd !== true) return false;
    return 'skip' in step || this.#left === step.take;
  }

  /** @returns the bytes after the structure's end. @throws {@link BrokenImage} */
  push(chunk: Uint8Array): Uint8Array {
    let rest = chunk;
    this.#bytes += chunk.byteLength;
    while (this.#step !== undefined && (rest.byteLength > 0 || this.#isIdle())) {
      rest = this.#advance(this.#step, rest);
    }
    return rest;
  }

  #isIdle(): boolean {
    return this.#step !== undefined && !('find' in this.#step) && this.#left === 0;
  }

  #advance(step: ByteStep, chunk: Uint8Array): Uint8Array {
    if ('find' in step) {
      const index = indexOf(step, chunk);
      if (index === -1) return nothing;
      this.#resume(nothing);
      return chunk.subarray(index + 1);
    }
    const part = chunk.subarray(0, this.#left);
    if (step.isText === true) this.#onText(part);
    this.#left -= part.byteLength;
    if ('take' in step) this.#take(step.take, part);
    else if (this.#left === 0) this.#resume(nothing);
    return chunk.subarray(part.byteLength);
  }

  #take(wanted: number, part: Uint8Array): void {
    if (part.byteLength === wanted) {
      this.#resume(part);
      return;
    }
    this.#held ??= new Uint8Array(wanted);
    this.#held.set(part, wanted - this.#left - part.byteLength);
    if (this.#left === 0) this.#resume(this.#held);
  }

  #resume(bytes: Uint8Array): void {
    this.#parts += 1;
    if (this.#parts > fewParts + this.#bytes / bytesOfPart) {
      throw new BrokenImage('it is cut into too many parts');
    }
    const { done, value } = this.#steps.next(bytes);
    this.#step = done === true ? undefined : value;
    this.#held = undefined;
    if (done === true || 'find' in value) return;
    this.#left = 'take' in value ? value.take : value.skip;
  }
}

function indexOf({ find, unless }: FindStep, chunk: Uint8Array): number {
  let index = chunk.indexOf(find);
  while (index !== -1 && unless?.has(chunk[index + 1] ?? -1))
    index = chunk.indexOf(find, index + 1);
  return index;
}

/** The numbers in some bytes. */
export function numbersIn(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Some bytes as Latin-1. */
export function latin1(bytes: Uint8Array, start = 0, end: number = bytes.byteLength): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'latin1',
    start,
    end,
  );
}
