import { isIP } from 'node:net';
import { objectParameterNames } from './object-parameters.ts';
import {
  callback,
  either,
  flag,
  isPlainObject,
  matching,
  oneOf,
  shape,
  text,
  texts,
  whole,
  type OptionCheck,
} from './option-check.ts';
import { cannedAcls } from './s3-acl.ts';
import type { S3StorageOptions } from './s3-options.ts';

const week = 604_800;
const mebibyte = 1024 * 1024;

/** What each option wants; the keys are all options there are. */
export const optionChecks: Readonly<Record<keyof S3StorageOptions, OptionCheck>> = {
  bucket: matching(
    /^[a-zA-Z0-9][a-zA-Z0-9._-]{1,254}$/,
    'the name of a bucket is wanted, such as "acme-media"',
  ),
  prefix: (value) => (typeof value === 'string' ? undefined : 'a text is wanted'),
  region: matching(/^[a-zA-Z0-9][a-zA-Z0-9-]*$/, 'a region is wanted, such as "eu-central-1"'),
  endpoint: serverUrl,
  publicEndpoint: serverUrl,
  forcePathStyle: flag,
  credentials: either(
    callback,
    shape(
      {
        accessKeyId: text,
        secretAccessKey: text,
        sessionToken: text,
        expiration: (value) =>
          value instanceof Date && !Number.isNaN(value.getTime()) ? undefined : 'a Date is wanted',
        // What the SDK adds to its own, also to an object that it is given.
        accountId: text,
        credentialScope: text,
        $source: () => undefined,
      },
      ['accessKeyId', 'secretAccessKey'],
    ),
  ),
  profile: text,
  visibility: oneOf(['private', 'public']),
  acl: oneOf(cannedAcls),
  objectParameters: parameters,
  objectParametersFor: callback,
  signedUrls: flag,
  urlExpiresIn: whole(1, week, 'seconds'),
  urlWindow: whole(0, week, 'seconds'),
  customDomain: domain,
  cloudfront: shape({ keyPairId: text, privateKey: text, algorithm: oneOf(['SHA1', 'SHA256']) }, [
    'keyPairId',
    'privateKey',
  ]),
  urlSigner: callback,
  overwrite: flag,
  gzip: either(flag, shape({ level: whole(1, 9, '') })),
  gzipTypes: texts,
  inlineActiveTypes: either(flag, texts),
  multipart: shape({
    threshold: whole(0, 5 * 1024 * mebibyte, 'bytes'),
    partSize: whole(5 * mebibyte, 5 * 1024 * mebibyte, 'bytes'),
    concurrency: whole(1, 1000, ''),
  }),
  tls: shape({ rejectUnauthorized: flag, ca: text }),
  proxy: matching(/^https?:\/\/[^/]/, 'the URL of an HTTP proxy is wanted'),
  accelerate: flag,
  sse: encryption,
  expectedBucketOwner: matching(/^\d{12}$/, 'the 12 digits of an account are wanted, as a text'),
  requestPayer: oneOf(['requester']),
  checksums: oneOf(['when-supported', 'when-required']),
  client: (value) =>
    typeof value === 'object' && value !== null ? undefined : 'a client or its settings are wanted',
};

/** Options whose values never appear in a message. */
export const secretOptions: ReadonlySet<string> = new Set<keyof S3StorageOptions>([
  'credentials',
  'cloudfront',
  'sse',
  'proxy',
  'endpoint',
  'publicEndpoint',
  'tls',
  'client',
]);

/** Whether a host stands for a machine nearby: an IP address, or a name without dots such as `localhost`. */
export function isLocalHost(hostname: string): boolean {
  return isIP(hostname.replaceAll(/^\[|\]$/g, '')) !== 0 || !hostname.includes('.');
}

function serverUrl(value: unknown): string | undefined {
  const wanted =
    'a URL without user, query and fragment is wanted, such as "https://s3.example.com"';
  if (typeof value !== 'string' || !URL.canParse(value)) return wanted;
  const { protocol, username, password, search, hash } = new URL(value);
  const isHttp = protocol === 'https:' || protocol === 'http:';
  return isHttp && username + password + search + hash === '' ? undefined : wanted;
}

function domain(value: unknown): string | undefined {
  const wanted = 'a host or a URL without query is wanted, such as "media.example.com"';
  if (typeof value !== 'string' || !/^(?:https?:\/\/)?[\w.-]+(?::\d+)?(?:\/|$)/.test(value)) {
    return wanted;
  }
  return /[?#\\\s]/.test(value) ? wanted : undefined;
}

function parameters(value: unknown): string | undefined {
  if (!isPlainObject(value)) return 'an object is wanted';
  const unknown = Object.keys(value).find((name) => !objectParameterNames.includes(name));
  if (unknown !== undefined) {
    return `S3 writes no "${unknown}", the names are those of PutObject, such as "CacheControl"`;
  }
  return value['ACL'] === undefined ? undefined : oneOf(cannedAcls)(value['ACL']);
}

function encryption(value: unknown): string | undefined {
  if (!isPlainObject(value)) {
    const problem = oneOf(['s3', 'kms'])(value);
    return problem && `${problem}, or an object with a "kmsKeyId" or a "customerKey"`;
  }
  return 'customerKey' in value
    ? shape({ customerKey })(value)
    : shape({ kmsKeyId: text, bucketKey: flag }, ['kmsKeyId'])(value);
}

function customerKey(value: unknown): string | undefined {
  const isText = typeof value === 'string' && Buffer.from(value, 'base64').byteLength === 32;
  const isBytes = value instanceof Uint8Array && value.byteLength === 32;
  return isText || isBytes ? undefined : '32 bytes are wanted, as bytes or in base64';
}
