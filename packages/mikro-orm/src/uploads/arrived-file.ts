import { createHash } from 'node:crypto';
import { FileNotFoundError, type FileStat, type FileStorage } from '@filefield/core';
import { collect, detectType, headBytes, isSameKind, unknownType } from '@filefield/core/binding';
import { rejected, type UploadTicket } from './upload-ticket.ts';

/** What lies where a direct upload was to arrive, and is what was announced. */
export interface ArrivedFile {
  /** Bytes. */
  readonly size: number;
  /** Found from the bytes. */
  readonly type: string;
  /** Where somebody counted it: the storage, or we because it was announced. */
  readonly sha256: string | undefined;
  /** The version that was looked at. */
  readonly etag: string | undefined;
  readonly head: Uint8Array;
}

/**
 * Looks at what has arrived: its size, its head and, where one was announced, its checksum. It may be exchanged as soon
 * as this has answered; `etag` tells.
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
  return { size, type, etag, head, sha256: await checkedSha256(ticket, found, storage) };
}

function assertSize({ size, maxSize }: UploadTicket, found: FileStat): void {
  if (found.size > maxSize) {
    throw rejected('size', `it has ${found.size} bytes, at most ${maxSize} were allowed`);
  }
  if (size !== undefined && found.size !== size) {
    throw rejected('size', `it has ${found.size} bytes, announced were ${size}`);
  }
}

/** Most storages do not tell a checksum: one that was announced is then counted here, and the bytes pass once. */
async function checkedSha256(
  { sha256: announced }: UploadTicket,
  found: FileStat,
  storage: FileStorage,
): Promise<string | undefined> {
  if (announced === undefined) return found.sha256;
  const sha256 = found.sha256 ?? (await present(async () => sha256Of(storage, found)));
  if (sha256 !== announced) {
    throw rejected('changed', 'its SHA-256 is not the one that was announced');
  }
  return sha256;
}

async function sha256Of(storage: FileStorage, { name, etag }: FileStat): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of await storage.open(name, { etag })) hash.update(chunk);
  return hash.digest('hex');
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
