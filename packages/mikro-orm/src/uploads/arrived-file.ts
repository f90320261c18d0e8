import { FileNotFoundError, type FileStat, type FileStorage } from '@filefield/core';
import { collect, detectType, headBytes, isSameKind, unknownType } from '@filefield/core/binding';
import { rejected, type UploadTicket } from './upload-ticket.ts';

/** What lies where a direct upload was to arrive, and is what was announced. */
export interface ArrivedFile {
  /** Bytes. */
  readonly size: number;
  /** Found from the bytes. */
  readonly type: string;
  /** Where the storage counted it. */
  readonly sha256: string | undefined;
  /** The version that was looked at. */
  readonly etag: string | undefined;
  readonly head: Uint8Array;
}

/**
 * Looks at what has arrived: its size, its head and, where the storage tells it, its checksum. It may be exchanged as
 * soon as this has answered; only the copy is sure.
 * @throws {@link UploadRejectedError} `missing`, `size`, `type` or `changed`. @throws {@link IntegrityError} when it was exchanged meanwhile.
 */
export async function arrivedFile(
  ticket: UploadTicket,
  storage: FileStorage,
): Promise<ArrivedFile> {
  const { name, filename, type: announced } = ticket;
  const found = await present(async () => storage.stat(name));
  assertSize(ticket, found);
  const { size, etag } = found;
  const reading = { end: headBytes, etag };
  const head = await present(async () => collect(await storage.open(name, reading)));
  const type = await detectType({ head, filename, declared: announced });
  if (announced !== unknownType && !isSameKind(type, announced)) {
    throw rejected('type', `it is ${type}, announced was ${announced}`);
  }
  const { sha256 } = found;
  if (sha256 !== undefined) assertSha256(sha256, ticket.sha256);
  return { size, type, etag, head, sha256 };
}

function assertSize({ size, maxSize }: UploadTicket, found: FileStat): void {
  if (found.size > maxSize) {
    throw rejected('size', `it has ${found.size} bytes, at most ${maxSize} were allowed`);
  }
  if (size !== undefined && found.size !== size) {
    throw rejected('size', `it has ${found.size} bytes, announced were ${size}`);
  }
}

/** @throws {@link UploadRejectedError} `changed` when another checksum was announced. */
export function assertSha256(sha256: string, announced: string | undefined): void {
  if (announced === undefined || sha256 === announced) return;
  throw rejected('changed', 'its SHA-256 is not the one that was announced');
}

/** @throws {@link UploadRejectedError} `missing` where the storage has no such object. */
export async function present<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof FileNotFoundError)) throw cause;
    throw rejected('missing', 'nothing has arrived, or it was reclaimed', { cause });
  }
}
