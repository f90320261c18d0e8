import type { UploadedPart, UploadGrant, UploadReceiver, UploadStep } from '../direct-upload.ts';
import { UploadRejectedError } from '../errors.ts';

/**
 * Receives what was granted before the fallback became one, as well as what the primary grants: a whole object goes to
 * the primary where that receives any, a part where its upload began.
 */
export class FallbackUploads implements UploadReceiver {
  readonly #primary: UploadReceiver | undefined;
  readonly #fallback: UploadReceiver;
  readonly #assertFree: (name: string) => Promise<void>;

  /** @param assertFree Throws where either part has the object. */
  constructor(
    primary: UploadReceiver | undefined,
    fallback: UploadReceiver,
    assertFree: (name: string) => Promise<void>,
  ) {
    this.#primary = primary;
    this.#fallback = fallback;
    this.#assertFree = assertFree;
  }

  get url(): string {
    return this.#writer.url;
  }

  read(grant: string): (UploadGrant & { readonly step: UploadStep }) | 'expired' | 'forged' {
    const read = this.#primary?.read(grant) ?? 'forged';
    return read === 'forged' ? this.#fallback.read(grant) : read;
  }

  async put(grant: UploadGrant, source: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#assertFree(grant.name);
    await this.#writer.put(grant, source);
  }

  async begin(grant: UploadGrant): Promise<string> {
    await this.#assertFree(grant.name);
    return await this.#writer.begin(grant);
  }

  async putPart(
    grant: UploadGrant,
    part: { readonly uploadId: string; readonly partNumber: number },
    source: AsyncIterable<Uint8Array>,
  ): Promise<UploadedPart> {
    const receiver = await this.#begunIn(grant, part.uploadId);
    return await receiver.putPart(grant, part, source);
  }

  async parts(grant: UploadGrant, uploadId: string): Promise<UploadedPart[]> {
    return await (await this.#begunIn(grant, uploadId)).parts(grant, uploadId);
  }

  async complete(
    grant: UploadGrant,
    uploadId: string,
    parts: readonly Pick<UploadedPart, 'partNumber' | 'etag'>[],
  ): Promise<void> {
    await this.#assertFree(grant.name);
    await (await this.#begunIn(grant, uploadId)).complete(grant, uploadId, parts);
  }

  async abort(grant: UploadGrant, uploadId: string): Promise<void> {
    await (await this.#begunIn(grant, uploadId)).abort(grant, uploadId);
  }

  get #writer(): UploadReceiver {
    return this.#primary ?? this.#fallback;
  }

  async #begunIn(grant: UploadGrant, uploadId: string): Promise<UploadReceiver> {
    return (await hasBegun(this.#fallback, grant, uploadId)) ? this.#fallback : this.#writer;
  }
}

/** Whether an upload in parts is open there. */
export async function hasBegun(
  uploads: UploadReceiver,
  grant: UploadGrant,
  uploadId: string,
): Promise<boolean> {
  try {
    await uploads.parts(grant, uploadId);
    return true;
  } catch (error) {
    if (error instanceof UploadRejectedError && error.reason === 'missing') return false;
    throw error;
  }
}
