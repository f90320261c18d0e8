import type { Socket } from 'node:net';
import type { Resize } from '../variant/variant-definition.ts';

/** What the child is asked to do with the bytes that come by its standard input. */
export interface RenderJob {
  readonly resizes: readonly Resize[];
  readonly placeholder: boolean;
  readonly maxPixels: number;
}

/** What was made, but for its bytes: these leave by the standard output, one image after the other. */
export interface MadeImages {
  readonly images: readonly {
    readonly width: number;
    readonly height: number;
    /** Bytes. */
    readonly size: number;
  }[];
  readonly placeholder?: string | undefined;
}

/** What the child says. */
export type RenderMessage =
  | { readonly kind: 'ready' }
  /** Whatever the image: sharp cannot be loaded, or the job cannot be carried out. */
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'pixels'; readonly pixels: number }
  | { readonly kind: 'memory' }
  | { readonly kind: 'undecodable'; readonly reason: string }
  | ({ readonly kind: 'made' } & MadeImages);

/** What a child said, if it is one of the messages above: whoever took the child over may say anything. */
export function checkedMessage(value: unknown): RenderMessage {
  const message = { ...(value as RenderMessage) };
  const isKnown =
    message.kind === 'made'
      ? message.images.every(({ width, height, size }) => [width, height, size].every(isCount)) &&
        ['string', 'undefined'].includes(typeof message.placeholder)
      : ['ready', 'unusable', 'pixels', 'memory', 'undecodable'].includes(message.kind);
  if (!isKnown) throw new TypeError('The child says nothing that is known');
  return message;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

// Far more than any message holds.
const longestLine = 65_536;

/** Sends a message as a line of JSON. */
export function sendLine(socket: Socket, message: RenderJob | RenderMessage): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

/** Hands over each line that arrives; one that is too long or no JSON ends the connection. */
export function onLine(socket: Socket, take: (message: unknown) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    try {
      if (rest.length > longestLine) throw new RangeError('A line is too long');
      for (const line of lines) take(JSON.parse(line));
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
}
