import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import {
  UnsupportedOperationError,
  UploadRejectedError,
  type UploadGrant,
  type UploadRequest,
  type UploadStep,
} from '@filefield/core';
import { BucketUrls, type ObjectRequest } from './bucket-urls.ts';
import type { ConditionalWrites } from './conditional-writes.ts';
import type { CredentialSource } from './credentials.ts';
import { encryptionHeaders } from './encryption-headers.ts';
import { headObject } from './object-head.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { createS3Client } from './s3-client.ts';
import type { S3Credentials } from './s3-options.ts';
import { headersToForbid } from './unsigned-headers.ts';
import { uploadedSize } from './uploaded-size.ts';

/** Signs the requests with which a browser uploads straight into the bucket. */
export class UploadRequests {
  readonly #bucket: S3Bucket;
  readonly #credentials: CredentialSource;
  readonly #conditional: ConditionalWrites;
  readonly #urls: BucketUrls;

  constructor(bucket: S3Bucket, credentials: CredentialSource, conditional: ConditionalWrites) {
    this.#bucket = bucket;
    this.#credentials = credentials;
    this.#conditional = conditional;
    this.#urls = new BucketUrls(bucket.options);
  }

  /**
   * Signs a step.
   * @param storage The alias, for messages.
   * @throws {@link UnsupportedOperationError} where no request could be held to the grant.
   * @throws {@link UploadRejectedError} `size` when the parts are not what is granted, `missing` when there are none.
   */
  async sign(grant: UploadGrant, step: UploadStep, storage?: string): Promise<UploadRequest> {
    if (this.#bucket.customerKey !== undefined) {
      throw unable(storage, 'its objects are encrypted with a key that no browser has');
    }
    const signing = { grant, storage, ...(await this.#signer(grant, storage)) };
    switch (step.kind) {
      case 'form':
        return await this.#form(signing);
      case 'put':
        return await this.#put(signing);
      case 'begin':
        return await this.#write(signing, 'POST', { uploads: '' }, this.#objectHeaders(grant));
      case 'part':
        return await this.#write(signing, 'PUT', partParameters(step), {});
      case 'parts':
        return this.#read(signing, 'GET', step.uploadId);
      case 'complete':
        return await this.#complete(signing, step.uploadId);
      case 'abort':
        return this.#read(signing, 'DELETE', step.uploadId);
      default:
        throw unable(storage, 'S3 knows no such step');
    }
  }

  async #form({ grant, credentials, lifetime }: Signing): Promise<UploadRequest> {
    const { options, place, name: bucket } = this.#bucket;
    const { name, size = 0, maxSize } = grant;
    // A form cannot say whose the bucket has to be.
    if (place.ExpectedBucketOwner !== undefined) await headObject(this.#bucket, name);
    const endpoint = options.publicEndpoint ?? options.endpoint;
    const client = createS3Client({ ...options, endpoint }, async () => credentials);
    const { url, fields } = await createPresignedPost(client, {
      Bucket: bucket,
      Key: this.#bucket.key(name),
      Expires: lifetime.expires - lifetime.date,
      Conditions: [['content-length-range', size, grant.size ?? maxSize]],
      Fields: {
        'Content-Type': grant.type,
        'Content-Disposition': 'attachment',
        ...encryptionHeaders(options),
        ...this.#checksum(grant),
        success_action_status: '204',
      },
    });
    const { RequestPayer } = place;
    const headers = RequestPayer === undefined ? {} : { 'x-amz-request-payer': RequestPayer };
    return { method: 'POST', url, headers, fields };
  }

  async #put(signing: Signing): Promise<UploadRequest> {
    const { grant, storage } = signing;
    if (grant.size === undefined) {
      throw unable(
        storage,
        'a PUT is held to an exact size or to none: say the size, or use a form',
      );
    }
    const { put } = await this.#conditional.find();
    return await this.#write(
      signing,
      'PUT',
      {},
      {
        ...this.#objectHeaders(grant),
        ...this.#checksum(grant),
        ...(put ? { 'if-none-match': '*' } : {}),
      },
      grant.size,
    );
  }

  async #complete(signing: Signing, uploadId: string): Promise<UploadRequest> {
    const { name, size, maxSize } = signing.grant;
    const sent = await uploadedSize(this.#bucket, name, uploadId);
    if (sent === undefined) throw rejected('missing', name, 'there is no such upload in parts');
    if (size === undefined ? sent > maxSize : sent !== size) {
      const granted = size ?? `at most ${maxSize}`;
      throw rejected('size', name, `its parts have ${sent} bytes, ${granted} are granted`);
    }
    const { complete } = await this.#conditional.find();
    return await this.#write(
      signing,
      'POST',
      { uploadId },
      {
        ...(complete ? { 'if-none-match': '*' } : {}),
        // Parts may still be replaced by larger ones.
        ...(this.#knowsChecksums ? { 'x-amz-mp-object-size': String(sent) } : {}),
      },
    );
  }

  #read(
    { grant, credentials, lifetime }: Signing,
    method: 'GET' | 'DELETE',
    uploadId: string,
  ): UploadRequest {
    const key = this.#bucket.key(grant.name);
    const request = { method, key, parameters: { uploadId } };
    return { method, url: this.#urls.request(request, lifetime, credentials), headers: {} };
  }

  async #write(
    { grant, storage, credentials, lifetime }: Signing,
    method: 'PUT' | 'POST',
    parameters: ObjectRequest['parameters'],
    headers: Record<string, string>,
    length?: number,
  ): Promise<UploadRequest> {
    const absent = await headersToForbid(this.#bucket, credentials);
    if (absent === undefined) {
      const reason =
        'the server obeys headers that nobody signed, with which a sender could copy any object: use a form';
      throw unable(storage, reason);
    }
    const signed = {
      ...headers,
      // Every browser sends it, and no script can.
      ...(length === undefined ? {} : { 'content-length': String(length) }),
    };
    const key = this.#bucket.key(grant.name);
    const request = { method, key, parameters, headers: signed, absent };
    return { method, url: this.#urls.request(request, lifetime, credentials), headers };
  }

  /** What is said of the object that arrives. It is nobody's yet: no ACL, no tags, and no browser shows it. */
  #objectHeaders({ type }: UploadGrant): Record<string, string> {
    const { options } = this.#bucket;
    return {
      'content-type': type,
      'content-disposition': 'attachment',
      ...encryptionHeaders(options),
    };
  }

  #checksum({ sha256 }: UploadGrant): Record<string, string> {
    if (sha256 === undefined || !this.#knowsChecksums) return {};
    return { 'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64') };
  }

  get #knowsChecksums(): boolean {
    return this.#bucket.options.checksums === 'when-supported';
  }

  async #signer(
    { expiresIn }: UploadGrant,
    storage: string | undefined,
  ): Promise<Pick<Signing, 'credentials' | 'lifetime'>> {
    await this.#credentials.ready(storage);
    const credentials = await this.#credentials.provider();
    const date = Math.floor(Date.now() / 1000);
    const end = credentials.expiration?.getTime() ?? Infinity;
    return {
      credentials,
      lifetime: { date, expires: Math.min(date + expiresIn, Math.floor(end / 1000)) },
    };
  }
}

interface Signing {
  readonly grant: UploadGrant;
  readonly storage: string | undefined;
  readonly credentials: S3Credentials;
  /** Seconds since the epoch. */
  readonly lifetime: { readonly date: number; readonly expires: number };
}

function partParameters({
  uploadId,
  partNumber,
}: Extract<UploadStep, { kind: 'part' }>): ObjectRequest['parameters'] {
  return { partNumber: String(partNumber), uploadId };
}

function unable(storage: string | undefined, reason: string): UnsupportedOperationError {
  return new UnsupportedOperationError('create a direct upload', storage, reason);
}

function rejected(reason: 'size' | 'missing', name: string, state: string): UploadRejectedError {
  return new UploadRejectedError(reason, `Cannot upload ${JSON.stringify(name)}: ${state}`);
}
