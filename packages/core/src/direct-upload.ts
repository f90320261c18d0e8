/**
 * A step of an upload that goes straight to the storage: a whole object as a form or as a PUT, or one in parts, which
 * begins, sends parts, asks which ones arrived, and is completed or aborted.
 */
export type UploadStep =
  | { readonly kind: 'form' | 'put' | 'begin' }
  | { readonly kind: 'part'; readonly uploadId: string; readonly partNumber: number }
  | { readonly kind: 'parts' | 'complete' | 'abort'; readonly uploadId: string };

/** What a direct upload may be; the same for all of its steps. */
export interface UploadGrant {
  /** The object, below `incoming/`. */
  readonly name: string;
  /** Media type that the sender has to declare. */
  readonly type: string;
  /** The most bytes. */
  readonly maxSize: number;
  /** Exactly so many bytes. Default: from none to `maxSize`. */
  readonly size?: number | undefined;
  /** SHA-256 of the bytes, 64 hexadecimal digits; enforced where the storage can. Default: any bytes. */
  readonly sha256?: string | undefined;
  /** Seconds until the last request may begin, at most 604,800. */
  readonly expiresIn: number;
}

/** A request that its bearer may send once or more, without further credentials, until it expires. */
export interface UploadRequest {
  readonly method: 'POST' | 'PUT' | 'GET' | 'DELETE';
  /** Absolute, or a path of the application's own site. */
  readonly url: string;
  /** To be sent as they are; what the browser adds by itself is not among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the body is a form: its fields, in this order, before the part `file` with the bytes. Default: the bytes are the body. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
}

/** A direct upload as the application hands it to the browser, in JSON. */
export interface DirectUpload {
  /** Comes back with the form; `FieldFile.fromUpload(token)` makes a file of it. Not secret from the one who uploads. */
  readonly token: string;
  /** The object, below `incoming/`. */
  readonly name: string;
  /** ISO 8601, UTC: the last moment at which {@link request} may begin. */
  readonly expiresAt: string;
  /** What sends the bytes, or begins to send them in parts. */
  readonly request: UploadRequest;
}

/** A part that has arrived. */
export interface UploadedPart {
  /** From 1 to 10,000. */
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Takes what the requests of a storage's {@link UploadRequest | signed uploads} send, where these lead back to the
 * application. A handler of `@filefield/http` calls it; the grant comes from the request and is read first.
 */
export interface UploadReceiver {
  /** Where its requests go; a query tells the grant. */
  readonly url: string;
  /** What a request is allowed to do. Whoever changed a character of it, or made it for another storage, has forged it. */
  read(grant: string): (UploadGrant & { readonly step: UploadStep }) | 'expired' | 'forged';
  /**
   * Afterwards the whole object is stored under the granted name.
   * @throws {@link FileExistsError} when it is uploaded already. @throws {@link UploadRejectedError} `size` or `changed` (sha256)
   * when the bytes are not those that were granted; `missing` when they were reclaimed while they were sent.
   */
  put(grant: UploadGrant, source: AsyncIterable<Uint8Array>): Promise<void>;
  /** Begins an upload in parts. @returns Its id. */
  begin(grant: UploadGrant): Promise<string>;
  /** Keeps a part, in place of an earlier one of its number. Same errors as {@link put}; `missing` also when there is no such upload. */
  putPart(
    grant: UploadGrant,
    part: { readonly uploadId: string; readonly partNumber: number },
    source: AsyncIterable<Uint8Array>,
  ): Promise<UploadedPart>;
  /** The parts that have arrived, by their numbers. @throws {@link UploadRejectedError} `missing` when there is no such upload. */
  parts(grant: UploadGrant, uploadId: string): Promise<UploadedPart[]>;
  /** Makes the parts the object. Same errors as {@link put}; `changed` when a part is not the one that arrived. */
  complete(
    grant: UploadGrant,
    uploadId: string,
    parts: readonly Pick<UploadedPart, 'partNumber' | 'etag'>[],
  ): Promise<void>;
  /** Removes the parts; no error when they are gone. */
  abort(grant: UploadGrant, uploadId: string): Promise<void>;
}

/** What a handler of the application needs to serve the URLs of a storage, where these lead back to the application. */
export interface ServedUrls {
  /** An http URL, or a path of this site; ends with a slash. What follows it is a name. */
  readonly baseUrl: string;
  /** Whether the query of a URL was signed for this object and is not over; `valid` for every object of a public storage. */
  verify(name: string, query: URLSearchParams): 'valid' | 'expired' | 'forged';
}
