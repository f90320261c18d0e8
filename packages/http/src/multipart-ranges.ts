import { randomUUID } from 'node:crypto';
import type { ByteSpan } from './byte-ranges.ts';

/** A body of several ranges (RFC 9110 §14.6). */
export interface MultipartRanges {
  readonly type: string;
  /** Bytes of the body. */
  readonly length: number;
  readonly body: ReadableStream<Uint8Array>;
}

/** What the ranges are of. */
export interface RangedObject {
  readonly size: number;
  readonly type: string;
  /** Opens a range. */
  readonly open: (span: ByteSpan) => Promise<ReadableStream<Uint8Array>>;
}

/**
 * Writes ranges one after the other; one is open at a time.
 * @throws what opening the first one throws.
 */
export async function multipartRanges(
  spans: readonly ByteSpan[],
  object: RangedObject,
): Promise<MultipartRanges> {
  const boundary = randomUUID();
  const heads = spans.map((span) => partHead(span, boundary, object));
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const parts = spans.map((span, index) => ({ span, head: heads[index] ?? tail }));
  const bytes = write(parts, tail, object);
  // The first head comes when the first range is open: before, an answer can still be 404.
  const first = await bytes.next();
  return {
    type: `multipart/byteranges; boundary=${boundary}`,
    length: parts.reduce(
      (sum, { head, span }) => sum + head.length + span.end - span.start,
      tail.length,
    ),
    body: resumed(first, bytes),
  };
}

async function* write(
  parts: readonly { readonly span: ByteSpan; readonly head: Uint8Array }[],
  tail: Uint8Array,
  { open }: RangedObject,
): AsyncGenerator<Uint8Array, undefined> {
  for (const { head, span } of parts) {
    const stream = await open(span);
    let isRead = false;
    try {
      yield head;
      yield* stream;
      isRead = true;
    } finally {
      if (!isRead) await stream.cancel().catch(() => undefined);
    }
  }
  yield tail;
  return undefined;
}

function partHead({ start, end }: ByteSpan, boundary: string, object: RangedObject): Uint8Array {
  const range = `Content-Range: bytes ${start}-${end - 1}/${object.size}`;
  return Buffer.from(`\r\n--${boundary}\r\nContent-Type: ${object.type}\r\n${range}\r\n\r\n`);
}

/** A generator that has begun, as a stream that ends it when it is cancelled. */
function resumed(
  first: IteratorResult<Uint8Array, undefined>,
  rest: AsyncGenerator<Uint8Array, undefined>,
): ReadableStream<Uint8Array> {
  let next: Promise<IteratorResult<Uint8Array, undefined>> | undefined = Promise.resolve(first);
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await (next ?? rest.next());
        next = undefined;
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await rest.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
