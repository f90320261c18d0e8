import { randomUUID } from 'node:crypto';
import { CheckedStorage } from './checked-storage.ts';
import type { FileStat, StorageCapabilities } from './file-storage.ts';
import { encodeName } from './encode-name.ts';
import type { Intake } from './intake.ts';
import { clampRange, type ByteRange, type Level, type WriteOptions } from './object-primitives.ts';
import type { ObjectBody } from './object-stream.ts';

/** Options of {@link MemoryStorage}. */
export interface MemoryStorageOptions {
  /** Tells two of them apart in `location`. Default: random. */
  readonly id?: string | undefined;
  /** Default `private`. */
  readonly visibility?: 'private' | 'public' | undefined;
}

/** Keeps objects in this process: for tests, and the shortest storage that keeps the whole contract. */
export class MemoryStorage extends CheckedStorage {
  readonly location: string;
  override readonly visibility: 'private' | 'public';
  override readonly capabilities: StorageCapabilities = {
    path: false,
    signedUrls: false,
    directUpload: false,
    serverSideCopy: true,
    conditionalWrite: { put: true, complete: true, copy: true },
    caseSensitive: true,
  };
  protected override readonly picksNames = true;
  readonly #objects = new Map<string, MemoryObject>();

  constructor({ id = randomUUID(), visibility = 'private' }: MemoryStorageOptions = {}) {
    super();
    this.location = `memory://${encodeURIComponent(id)}/`;
    this.visibility = visibility;
  }

  protected async writeObject(
    name: string,
    intake: Intake,
    options: WriteOptions,
  ): Promise<string> {
    const chunks: Uint8Array[] = [];
    // Copied at once: a source may use the memory of a chunk again for the next one.
    for await (const chunk of intake) chunks.push(new Uint8Array(chunk));
    const [only, ...others] = chunks;
    const bytes = only !== undefined && others.length === 0 ? only : Buffer.concat(chunks);
    options.signal?.throwIfAborted();
    let free = name;
    while (this.#isTaken(free, options)) {
      if (options.nextName === undefined) throw this.taken('save', free);
      free = await options.nextName();
    }
    const { uploadId } = options;
    const { type } = intake;
    const etag = randomUUID();
    this.#objects.set(free, {
      bytes,
      type,
      etag,
      uploadId,
      modifiedAt: new Date(),
    });
    return free;
  }

  protected async readObject(name: string, range: ByteRange): Promise<ObjectBody | undefined> {
    const object = this.#objects.get(name);
    if (object === undefined) return undefined;
    const { start, end } = clampRange(range, object.bytes.byteLength);
    const bytes = slices(object.bytes.subarray(start, end));
    return { length: end - start, etag: object.etag, bytes };
  }

  protected async statObject(name: string): Promise<FileStat | undefined> {
    const object = this.#objects.get(name);
    return object && statOf(name, object);
  }

  protected async removeObject(name: string): Promise<void> {
    this.#objects.delete(name);
  }

  protected async listLevel(directory: string): Promise<Level> {
    const prefix = directory === '' ? '' : `${directory}/`;
    const directories = new Set<string>();
    const files: FileStat[] = [];
    for (const [name, object] of this.#objects) {
      if (!name.startsWith(prefix)) continue;
      const [child = '', ...below] = name.slice(prefix.length).split('/');
      if (below.length > 0) directories.add(child);
      else files.push(statOf(name, object));
    }
    return { directories: [...directories], files };
  }

  protected override async copyObject(
    from: string,
    to: string,
    options: WriteOptions,
  ): Promise<void> {
    const object = this.#objects.get(from);
    if (object === undefined) throw this.missing('copy', from);
    if (this.#isTaken(to, options)) throw this.taken('copy', to);
    const { uploadId } = options;
    this.#objects.set(to, { ...object, uploadId, etag: randomUUID(), modifiedAt: new Date() });
  }

  protected override urlOf(name: string): string {
    return this.location + encodeName(name);
  }

  #isTaken(name: string, { overwrite, uploadId }: WriteOptions): boolean {
    const object = this.#objects.get(name);
    if (object === undefined || overwrite) return false;
    return uploadId === undefined || object.uploadId !== uploadId;
  }
}

interface MemoryObject {
  readonly bytes: Uint8Array;
  readonly type: string;
  readonly etag: string;
  readonly uploadId: string | undefined;
  readonly modifiedAt: Date;
}

function statOf(name: string, { bytes, modifiedAt, type, etag }: MemoryObject): FileStat {
  return { name, size: bytes.byteLength, modifiedAt: new Date(modifiedAt), type, etag };
}

/** Copies, so that no reader can change what is stored. */
async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += 65_536) {
    yield new Uint8Array(bytes.subarray(start, start + 65_536));
  }
}
