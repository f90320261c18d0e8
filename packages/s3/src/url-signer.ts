import { createHmac, hash } from 'node:crypto';
import type { BucketAddress } from './bucket-address.ts';
import { encodeKey, encodeStrictly } from './encode-key.ts';
import { HmacKey } from './hmac-key.ts';
import type { S3Credentials } from './s3-options.ts';

/** A request that a URL lets its bearer make. */
export interface SignedRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly key: string;
  /** Query parameters by name, besides those of the signature. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
  /** Headers that have to be sent as they are, by their names in lower case. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Names of headers that may not be sent: for servers that leave what is missing out of the signature. Default: none. */
  readonly absent?: readonly string[] | undefined;
  /** When the signature begins, in seconds since the epoch. */
  readonly date: number;
  /** Seconds that it lives from there. */
  readonly expiresIn: number;
  readonly credentials: S3Credentials;
}

/** What is the same for all URLs that one key signs in one day. */
interface SigningDay {
  /** `20260102` */
  readonly date: string;
  readonly key: HmacKey;
  readonly scope: string;
  /** Encoded for the query. */
  readonly credential: string;
  readonly token: string;
}

const algorithm = 'AWS4-HMAC-SHA256';
const secondsOfDay = 86_400;

/**
 * Signs URLs with Signature Version 4 in the query, without waiting: what the SDK's presigner makes, many times as fast.
 * Follows "Authenticating Requests: Using Query Parameters" of the Amazon S3 API Reference.
 */
export class UrlSigner {
  readonly #address: BucketAddress;
  readonly #region: string;
  readonly #days = new Map<number, SigningDay>();
  #credentials: S3Credentials | undefined;

  constructor(address: BucketAddress, region: string) {
    this.#address = address;
    this.#region = region;
  }

  /** The URL of the request. */
  sign(request: SignedRequest): string {
    const { method, key, parameters, date, expiresIn, credentials } = request;
    const { origin, host, path } = this.#address;
    const day = this.#day(Math.floor(date / secondsOfDay), credentials);
    const time = `${day.date}T${timeOfDay(date % secondsOfDay)}Z`;
    const target = path + encodeKey(key);
    const [before, after] = sortedParameters(parameters);
    const [names, headers] = signedHeaders(host, request);
    const [first, last] = [
      `X-Amz-Algorithm=${algorithm}${before}&X-Amz-Credential=${day.credential}` +
        `&X-Amz-Date=${time}&X-Amz-Expires=${expiresIn}${day.token}`,
      `&X-Amz-SignedHeaders=${names.replaceAll(';', '%3B')}${after}`,
    ];
    const canonical = `${method}\n${target}\n${first}${last}\n${headers}\n${names}\nUNSIGNED-PAYLOAD`;
    const signature = day.key.sign(
      `${algorithm}\n${time}\n${day.scope}\n${hash('sha256', canonical)}`,
    );
    return `${origin}${target}?${first}&X-Amz-Signature=${signature}${last}`;
  }

  #day(number: number, credentials: S3Credentials): SigningDay {
    if (credentials !== this.#credentials) {
      this.#days.clear();
      this.#credentials = credentials;
    }
    const known = this.#days.get(number);
    if (known !== undefined) return known;
    // Around midnight names are in windows of two days; those of older days are over.
    if (this.#days.size > 8) this.#days.clear();
    const day = signingDay(number, this.#region, credentials);
    this.#days.set(number, day);
    return day;
  }
}

function signingDay(number: number, region: string, credentials: S3Credentials): SigningDay {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const iso = new Date(number * secondsOfDay * 1000).toISOString();
  const date = iso.slice(0, 10).replaceAll('-', '');
  const parts = [date, region, 's3', 'aws4_request'];
  const scope = parts.join('/');
  return {
    date,
    key: signingKey(secretAccessKey, parts),
    scope,
    credential: encodeStrictly(`${accessKeyId}/${scope}`),
    token:
      sessionToken === undefined ? '' : `&X-Amz-Security-Token=${encodeStrictly(sessionToken)}`,
  };
}

/** The key of a scope: "Task 3: Calculate Signature" of the S3 API Reference. @param scope Its parts, from the date on. */
export function signingKey(secretAccessKey: string, scope: readonly string[]): HmacKey {
  const key = scope.reduce<Uint8Array>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return new HmacKey(key);
}

/** The names of the headers that are signed, and a line for each that is sent. */
function signedHeaders(
  host: string,
  { headers, absent = [] }: SignedRequest,
): readonly [names: string, lines: string] {
  if (headers === undefined) return ['host', `host:${host}\n`];
  const sent = new Map([['host', host], ...Object.entries(headers)]);
  const names = [...sent.keys(), ...absent].toSorted();
  const lines = names.map((name) => (sent.has(name) ? `${name}:${sent.get(name)}\n` : ''));
  return [names.join(';'), lines.join('')];
}

/** `030405` */
function timeOfDay(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return String(1_000_000 + hours * 10_000 + minutes * 100 + (seconds % 60)).slice(1);
}

/** The parameters that stand before `X-Amz-Credential` in the order that SigV4 wants, and those behind all of it. */
function sortedParameters(
  parameters: SignedRequest['parameters'],
): readonly [before: string, after: string] {
  let before = '';
  let after = '';
  for (const name of Object.keys(parameters).toSorted()) {
    const value = parameters[name];
    if (value === undefined) continue;
    const pair = `&${name}=${encodeStrictly(value)}`;
    if (name < 'X-Amz-Credential') before += pair;
    else after += pair;
  }
  return [before, after];
}
