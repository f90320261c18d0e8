import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { notStarted } from './not-started.ts';
import { crashIssue, outputIssue, refusedImage } from './render-issues.ts';
import { checkedMessage, onLine, type MadeImages, type RenderMessage } from './render-message.ts';

// Many times what all variants of a photograph take.
const largestOutput = 64 * 1024 ** 2;

/** The last message of a child, and the bytes that belong to it. */
export interface ChildAnswer {
  readonly message: Exclude<RenderMessage, { readonly kind: 'ready' }>;
  readonly output: Buffer;
}

/** Listens to a child until all of its answer is here, or it has ended. Nothing that it sends is trusted. */
export async function childAnswer(child: ChildProcess): Promise<ChildAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ChildAnswer>();
  const chunks: Buffer[] = [];
  let size = 0;
  let isReady = false;
  let message: ChildAnswer['message'] | undefined;

  child.once('error', (cause) => reject(notStarted(cause.message, cause)));
  // Node gives none where there are no descriptors left.
  const control = (child.stdio as ChildProcess['stdio'] | undefined)?.[3] as Socket | undefined;
  if (control === undefined) return promise;
  child.stdout?.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > largestOutput) reject(refusedImage(outputIssue(largestOutput)));
    else settle();
  });
  control.once('error', () => child.kill('SIGKILL'));
  onLine(control, (line) => {
    const said = checkedMessage(line);
    if (said.kind === 'ready') isReady = true;
    else message ??= said;
    settle();
  });
  child.once('close', (code, signal) => {
    const end = signal ?? `code ${code}`;
    reject(isReady ? refusedImage(crashIssue(end)) : notStarted(end));
  });
  return promise;

  function settle(): void {
    if (message === undefined) return;
    if (message.kind === 'made' && size < outputSize(message)) return;
    resolve({ message, output: Buffer.concat(chunks) });
  }
}

/** Bytes of all images together. */
function outputSize({ images }: MadeImages): number {
  return images.reduce((sum, image) => sum + image.size, 0);
}
