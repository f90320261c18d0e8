import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { RenderedImages, RenderRequest } from '../variant/image-engine.ts';
import { childAnswer, type ChildAnswer } from './child-answer.ts';
import { refusedImage, timeIssue } from './render-issues.ts';
import { sendLine } from './render-message.ts';
import { renderedImages } from './rendered-images.ts';
import { startChild } from './start-child.ts';

/** How long and how large the decoding of one image may be. */
export interface RenderLimits {
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes. */
  readonly memory: number;
}

/** A child process: it waits for one image, decodes it, and is killed. */
export class RenderProcess {
  readonly #limits: RenderLimits;
  readonly #child: ChildProcess;
  /** None where the machine has not even descriptors for them: then there is no child either, as its answer tells. */
  readonly #pipes: readonly [input: Socket, output: Socket, control: Socket] | undefined;
  readonly #answer: Promise<ChildAnswer>;

  constructor(program: string, limits: RenderLimits) {
    this.#limits = limits;
    this.#child = startChild(program, limits.memory);
    this.#pipes = pipesOf(this.#child);
    // A child that ends breaks its pipes; its answer tells of the end.
    for (const pipe of this.#pipes ?? []) pipe.on('error', () => {});
    this.#answer = childAnswer(this.#child);
    // A child may end while it waits for work; the next image then has another one.
    this.#answer.catch(() => {});
  }

  /** Whether the child is there. */
  get isAlive(): boolean {
    return this.#child.pid !== undefined && !hasEnded(this.#child);
  }

  /** Makes what is asked for; afterwards the child is gone. */
  async render(
    source: AsyncIterable<Uint8Array>,
    { resizes, placeholder, maxPixels, signal }: RenderRequest,
  ): Promise<RenderedImages> {
    const over = new AbortController();
    try {
      signal?.throwIfAborted();
      this.#await(true);
      if (this.#pipes) sendLine(this.#pipes[2], { resizes, placeholder, maxPixels });
      const answer = await Promise.race([
        this.#answer,
        ...(this.#pipes ? [this.#send(source, this.#pipes[0], over.signal)] : []),
        ...(signal ? [aborted(signal, over.signal)] : []),
      ]);
      return renderedImages(answer, { maxPixels, memory: this.#limits.memory });
    } finally {
      over.abort();
      this.kill();
    }
  }

  /** Lets this process end while the child waits for work. */
  unref(): void {
    this.#await(false);
  }

  /** Ends the child at once, whatever it does. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Sends the original; from then on the time runs. */
  async #send(
    source: AsyncIterable<Uint8Array>,
    input: Socket,
    signal: AbortSignal,
  ): Promise<never> {
    for await (const chunk of source) {
      signal.throwIfAborted();
      // Why nobody reads any more, the answer tells.
      if (input.destroyed) break;
      if (input.write(chunk)) continue;
      await once(input, 'drain', { signal }).catch(() => signal.throwIfAborted());
    }
    input.end();
    await setTimeout(this.#limits.timeout, undefined, { signal });
    throw refusedImage(timeIssue(this.#limits.timeout));
  }

  #await(isAwaited: boolean): void {
    for (const handle of [this.#child, ...(this.#pipes ?? [])]) {
      if (isAwaited) handle.ref();
      else handle.unref();
    }
  }
}

function pipesOf(child: ChildProcess): [Socket, Socket, Socket] | undefined {
  const [input, output, , control] = (child.stdio as unknown as Socket[] | undefined) ?? [];
  return input && output && control && [input, output, control];
}

function hasEnded({ exitCode, signalCode, killed }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null || killed;
}

async function aborted(signal: AbortSignal, over: AbortSignal): Promise<never> {
  await once(signal, 'abort', { signal: over });
  throw signal.reason;
}
