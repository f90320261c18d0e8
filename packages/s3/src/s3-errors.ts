import { FileFieldError, StorageError } from '@filefield/core';

/** What a request was for: the IAM actions it needs, and the resource it needs them on. */
export interface S3Need {
  /** IAM actions, such as `s3:PutObject`; several are joined with `and`. */
  readonly action: string;
  readonly bucket: string;
  /** The object's key; `undefined` where the action is one on the bucket. */
  readonly key?: string | undefined;
  /** The region that the request was signed for. */
  readonly region?: string | undefined;
}

/** A failed request to S3: what the server said, without the credentials and signatures that the SDK's errors carry. */
export class S3Problem extends Error {
  /** The server's code, such as `NoSuchKey`, or that of the operating system. */
  readonly code: string;
  /** HTTP status; `undefined` where no answer came. */
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  /** The region in which the bucket is, where the server told. */
  readonly region: string | undefined;
  /** The host that could not be reached. */
  readonly host: string | undefined;
  readonly need: S3Need;

  constructor(code: string, need: S3Need, details: S3ProblemDetails = {}) {
    const { message = code, status, requestId, region, host } = details;
    super(message);
    this.name = 'S3Problem';
    this.code = code;
    this.status = status;
    this.requestId = requestId;
    this.region = region;
    this.host = host;
    this.need = need;
  }

  /** There is no such object, bucket or upload. */
  get isMissing(): boolean {
    return this.status === 404;
  }

  /** The condition of the request is not met: the object is there, or is not the one that was read. */
  get isConflict(): boolean {
    return this.status === 412;
  }

  /** Another request for the same object is under way; this one may be tried again. */
  get isBusy(): boolean {
    return this.status === 409;
  }

  /** The server knows who asks, and refuses. */
  get isDenied(): boolean {
    return this.status === 403 && !Object.hasOwn(reasons, this.code);
  }

  /** The server cannot do what it was asked for. */
  get isUnable(): boolean {
    const isKnown = this.isElsewhere || Object.hasOwn(reasons, this.code);
    return this.status === 501 || (this.status === 400 && !isKnown);
  }

  /** The bucket is in another region than the one that the request was signed for. */
  get isElsewhere(): boolean {
    if (wrongRegion.has(this.code) || this.status === 301) return true;
    // A HEAD has no body to name the code in.
    const isNameless = this.code === '400';
    return isNameless && this.region !== undefined && this.region !== this.need.region;
  }

  /** Nobody knows whether the server did it. */
  get isAmbiguous(): boolean {
    return this.status === undefined || this.status >= 500;
  }
}

/** What is known of an {@link S3Problem}. */
export interface S3ProblemDetails {
  readonly message?: string | undefined;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly region?: string | undefined;
  readonly host?: string | undefined;
}

/** Makes an error of the SDK one of ours; every other value, an abort among them, is answered as it is. */
export function s3Problem(error: unknown, need: S3Need): unknown {
  if (!(error instanceof Error) || error.name === 'AbortError') return error;
  const metadata = record(Reflect.get(error, '$metadata'));
  const response = record(Reflect.get(error, '$response'));
  const headers = record(response['headers']);
  const status = numeric(metadata['httpStatusCode']) ?? numeric(response['statusCode']);
  const code = codeOf(error, status);
  if (status === undefined && code === undefined) return error;
  return new S3Problem(code ?? error.name, need, {
    message: nameless.has(error.message) ? undefined : error.message,
    status,
    requestId: textual(metadata['requestId']),
    region: textual(headers['x-amz-bucket-region']) ?? textual(Reflect.get(error, 'Region')),
    host: textual(Reflect.get(error, 'hostname')) ?? textual(Reflect.get(error, 'address')),
  });
}

/** Why a request failed and what to do about it; `undefined` where it was no request to S3. */
export function s3Reason(error: unknown): string | undefined {
  if (!(error instanceof S3Problem)) return undefined;
  const { code, status, need, region } = error;
  const bucket = JSON.stringify(need.bucket);
  if (error.isElsewhere) {
    const wanted = region === undefined ? "the bucket's" : JSON.stringify(region);
    return `bucket ${bucket} is in another region, set the option region to ${wanted}`;
  }
  const known = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  if (known !== undefined) return known(error);
  if (error.isDenied) return denied(error);
  if (status === undefined) return unreached(error);
  const answer = code === String(status) ? code : `${code} (${status})`;
  return `the server answered ${answer} for bucket ${bucket}`;
}

/** The error of a failed operation, for who is not inside one of `CheckedStorage`. */
export function storageError(
  operation: string,
  about: { readonly storage?: string | undefined; readonly name?: string | undefined },
  error: unknown,
): unknown {
  const reason = s3Reason(error);
  if (error instanceof FileFieldError || reason === undefined) return error;
  return new StorageError(operation, about, reason, { cause: error });
}

const wrongRegion: ReadonlySet<string> = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'PermanentRedirect',
  'TemporaryRedirect',
]);

const reasons: Readonly<Record<string, (problem: S3Problem) => string>> = {
  AccessControlListNotSupported: ({ need }) =>
    `bucket ${JSON.stringify(need.bucket)} allows no ACLs, leave out the option acl and let the bucket's policy decide`,
  CredentialsProviderError: () =>
    'no credentials are found, set the option credentials or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role',
  EntityTooLarge: () => 'the object is larger than the server takes',
  ExpiredToken: () => 'the temporary credentials have expired, fetch new ones',
  InvalidAccessKeyId: () => 'the server does not know the access key, check the credentials',
  InvalidToken: () => 'the server does not accept the session token, check the credentials',
  NoSuchBucket: ({ need }) =>
    `there is no bucket ${JSON.stringify(need.bucket)}, create it or correct the options bucket and endpoint`,
  NotImplemented: ({ need }) => `the server cannot do what ${need.action} asks for`,
  ProxyRefused: ({ message }) =>
    `the proxy lets nobody through (${message}), check the option proxy`,
  RequestTimeTooSkewed: () =>
    'the clock of this machine and that of the server are too far apart, set the clock of this machine',
  SignatureDoesNotMatch: () =>
    'the server does not accept the signature, check the secret access key and the region',
  400: () =>
    'the server refuses the request and does not say why (400), check the option region, the session token and the encryption key',
  429: tooFast,
  503: tooFast,
  RequestTimeout: () => 'the server waited too long for the bytes, try again later',
  SlowDown: tooFast,
  ServiceUnavailable: tooFast,
  TooManyRequests: tooFast,
};

function denied({ message, need }: S3Problem): string {
  // AWS says which of them it was: of a copy's two, or that of the key which encrypts.
  const told = /not authorized to perform: ([\w:-]+) on resource: "?(arn:[^\s"]+)/.exec(message);
  if (told?.[1] !== undefined && told[2] !== undefined) {
    return `access is denied, the credentials need ${told[1]} on ${JSON.stringify(told[2])}`;
  }
  const { action, bucket, key } = need;
  const resource = arn(key === undefined ? bucket : `${bucket}/${key}`);
  const needed = `access is denied, the credentials need ${action} on ${resource}`;
  // Without it S3 answers the same for an object that is not there.
  return action === 's3:GetObject' ? `${needed} and s3:ListBucket on ${arn(bucket)}` : needed;
}

function arn(resource: string): string {
  return JSON.stringify(`arn:aws:s3:::${resource}`);
}

function tooFast({ code }: S3Problem): string {
  return `the server asks to slow down (${code}), try again later or lower the concurrency`;
}

function unreached({ code, host }: S3Problem): string {
  const server = host === undefined ? 'the server' : `the server at ${JSON.stringify(host)}`;
  return `${server} gave no answer (${code}), check the option endpoint and the network`;
}

function codeOf(error: Error, status: number | undefined): string | undefined {
  if (error.name === 'CredentialsProviderError') return error.name;
  const code = textual(Reflect.get(error, 'code'));
  if (/^Bad response: \d{3}$/.test(error.message)) return 'ProxyRefused';
  if (status === undefined) return error.name === 'TimeoutError' ? (code ?? error.name) : code;
  const named = textual(Reflect.get(error, 'Code')) ?? error.name;
  return nameless.has(named) ? String(status) : named;
}

/** What the SDK makes up where no code came: a HEAD has no body to name it in. */
const nameless: ReadonlySet<string> = new Set(['Error', 'Unknown', 'UnknownError']);

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function textual(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numeric(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
