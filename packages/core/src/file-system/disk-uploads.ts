import type {
  UploadedPart,
  UploadGrant,
  UploadReceiver,
  UploadRequest,
  UploadStep,
} from '../direct-upload.ts';
import { uploadMethods } from '../checked-upload.ts';
import { hasCode, reasonOf, withoutPath } from '../disk-error.ts';
import { FileExistsError, FileFieldError, StorageError, StorageOptionsError } from '../errors.ts';
import type { DiskLocation } from './disk-location.ts';
import { statDisk } from './disk-object.ts';
import { assertSiteUrl } from './disk-url.ts';
import {
  assertGrantedSize,
  GrantedBytes,
  mostBytes,
  oversized,
  rejected,
} from './granted-bytes.ts';
import { PartsOnDisk } from './parts-on-disk.ts';
import { UnfinishedFile } from './unfinished-file.ts';
import { openUpload, sealUpload } from './upload-token.ts';

/** Open uploads of one grant; whoever starts over that often does not mean it well. */
const mostBegun = 10;

/** What {@link DiskUploads} are made of. */
export interface DiskUploadsOptions {
  readonly uploadUrl: string;
  readonly keys: readonly string[];
  /** Permissions of an object. */
  readonly fileMode: number;
  /** The storage's; known once the registry has given it one. */
  readonly alias: () => string | undefined;
}

/** Signs direct uploads to a disk, and receives what they send. */
export class DiskUploads implements UploadReceiver {
  readonly url: string;
  readonly #disk: DiskLocation;
  readonly #options: DiskUploadsOptions;
  readonly #key: string;

  /** @throws {@link StorageOptionsError} when no upload could work. */
  constructor(disk: DiskLocation, options: DiskUploadsOptions) {
    const { uploadUrl, keys } = options;
    assertSiteUrl('uploadUrl', uploadUrl);
    const [key] = keys;
    if (key === undefined) {
      throw new StorageOptionsError(
        `Cannot use the uploadUrl ${JSON.stringify(uploadUrl)}: uploads are signed, give the storage keys`,
      );
    }
    this.url = uploadUrl;
    this.#disk = disk;
    this.#options = options;
    this.#key = key;
  }

  /** Signs one request. */
  sign(grant: UploadGrant, step: UploadStep): UploadRequest {
    const token = sealUpload(this.#options.alias(), grant, step, this.#key);
    const url = `${this.url}?grant=${token}`;
    const method = uploadMethods[step.kind];
    const typed = { 'Content-Type': grant.type };
    if (step.kind === 'form') {
      return { method, url, headers: {}, fields: { key: grant.name, ...typed } };
    }
    return { method, url, headers: step.kind === 'put' || step.kind === 'begin' ? typed : {} };
  }

  read(grant: string): (UploadGrant & { readonly step: UploadStep }) | 'expired' | 'forged' {
    return openUpload(this.#options.alias(), grant, this.#options.keys);
  }

  async put(grant: UploadGrant, source: AsyncIterable<Uint8Array>): Promise<void> {
    const bytes = new GrantedBytes(source, grant);
    await this.#attempt(grant, bytes, async () => {
      await this.#assertFree(grant.name);
      try {
        await this.#write(grant, bytes);
      } catch (error) {
        if (hasCode(error, 'ENOENT')) throw reclaimed(grant.name);
        throw error;
      }
    });
  }

  async begin(grant: UploadGrant): Promise<string> {
    return await this.#attempt(grant, undefined, async () => {
      await this.#assertFree(grant.name);
      const parts = this.#parts(grant);
      if ((await parts.countBegun()) >= mostBegun) {
        throw rejected('used', grant.name, `${mostBegun} uploads of it have begun, abort one`);
      }
      return await parts.begin();
    });
  }

  async putPart(
    grant: UploadGrant,
    { uploadId, partNumber }: { readonly uploadId: string; readonly partNumber: number },
    source: AsyncIterable<Uint8Array>,
  ): Promise<UploadedPart> {
    const parts = this.#parts(grant);
    const room = async (): Promise<number> => {
      await this.#assertBegun(grant, uploadId);
      const others = await parts.list(uploadId);
      return mostBytes(grant) - sizeOf(others.filter((part) => part.partNumber !== partNumber));
    };
    const most = await this.#attempt(grant, undefined, room);
    const bytes = new GrantedBytes(source, grant, most);
    return await this.#attempt(grant, bytes, async () => {
      const part = await parts.keep(uploadId, partNumber, bytes);
      if (part === undefined) throw notBegun(grant.name);
      // Others may have arrived at the same time.
      if (part.size > (await room())) {
        await parts.drop(uploadId, partNumber);
        throw oversized(grant);
      }
      return part;
    });
  }

  async parts(grant: UploadGrant, uploadId: string): Promise<UploadedPart[]> {
    return await this.#attempt(grant, undefined, async () => {
      await this.#assertBegun(grant, uploadId);
      return await this.#parts(grant).list(uploadId);
    });
  }

  async complete(
    grant: UploadGrant,
    uploadId: string,
    wanted: readonly Pick<UploadedPart, 'partNumber' | 'etag'>[],
  ): Promise<void> {
    await this.#attempt(grant, undefined, async () => {
      await this.#assertFree(grant.name);
      const parts = this.#parts(grant);
      const arrived = await this.parts(grant, uploadId);
      assertGrantedSize(grant, sizeOf(chosenParts(grant.name, arrived, wanted)));
      const bytes = new GrantedBytes(parts.read(uploadId, wanted), grant);
      try {
        await this.#write(grant, bytes);
      } catch (error) {
        // Whoever completed, aborted or reclaimed it meanwhile took the files away.
        if (hasCode(error, 'ENOENT') || bytes.failure !== undefined) {
          await this.#assertFree(grant.name);
          await this.#assertBegun(grant, uploadId);
        }
        throw error;
      }
      await parts.remove(uploadId);
    });
  }

  async abort(grant: UploadGrant, uploadId: string): Promise<void> {
    await this.#attempt(grant, undefined, async () => await this.#parts(grant).remove(uploadId));
  }

  /** The whole object, or nothing. */
  async #write(grant: UploadGrant, bytes: GrantedBytes): Promise<void> {
    const file = await UnfinishedFile.create(this.#disk, this.#disk.unfinished(grant.name));
    try {
      for await (const chunk of bytes) await file.write(chunk);
      bytes.assertWhole();
      await file.complete(this.#options.fileMode);
      if (!(await file.place(grant.name, false))) throw this.#taken(grant.name);
    } finally {
      await file.dispose();
    }
  }

  #parts({ name }: UploadGrant): PartsOnDisk {
    return new PartsOnDisk(this.#disk, name);
  }

  async #assertFree(name: string): Promise<void> {
    if ((await statDisk(this.#disk, name)) !== undefined) throw this.#taken(name);
  }

  async #assertBegun(grant: UploadGrant, uploadId: string): Promise<void> {
    if (!(await this.#parts(grant).isBegun(uploadId))) throw notBegun(grant.name);
  }

  #taken(name: string): FileExistsError {
    return new FileExistsError('upload', { storage: this.#options.alias(), name });
  }

  /** What the sender's stream threw stays as it is; what the disk says becomes a `StorageError`. */
  async #attempt<T>(
    { name }: UploadGrant,
    bytes: GrantedBytes | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof FileFieldError || error === bytes?.failure?.error) throw error;
      const about = { storage: this.#options.alias(), name };
      throw new StorageError('upload', about, reasonOf(error), { cause: withoutPath(error) });
    }
  }
}

function sizeOf(parts: readonly UploadedPart[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0);
}

function reclaimed(name: string): Error {
  return rejected('missing', name, 'it was reclaimed while it was sent');
}

function notBegun(name: string): Error {
  return rejected('missing', name, 'there is no such upload in parts, or it has ended');
}

/** The parts of the object in their order. @throws {@link UploadRejectedError} `changed` when they are not those that arrived. */
function chosenParts(
  name: string,
  arrived: readonly UploadedPart[],
  wanted: readonly Pick<UploadedPart, 'partNumber' | 'etag'>[],
): UploadedPart[] {
  if (wanted.length === 0) throw rejected('changed', name, 'no parts are named');
  const byNumber = new Map(arrived.map((part) => [part.partNumber, part]));
  return wanted.map(({ partNumber, etag }, index) => {
    const before = wanted[index - 1]?.partNumber ?? 0;
    if (partNumber <= before) throw rejected('changed', name, 'its parts are not in order');
    const part = byNumber.get(partNumber);
    if (part?.etag === etag) return part;
    throw rejected('changed', name, `part ${partNumber} is not the one that arrived`);
  });
}
