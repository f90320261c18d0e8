import type { S3Client } from '@aws-sdk/client-s3';
import { StorageOptionsError } from '@filefield/core';
import { djangoNames } from './django-names.ts';
import { isPlainObject } from './option-check.ts';
import { isLocalHost, optionChecks, secretOptions } from './option-checks.ts';
import type { ObjectParameters } from './object-parameters.ts';
import type {
  GzipOptions,
  MultipartOptions,
  S3ClientSettings,
  S3StorageOptions,
} from './s3-options.ts';
import { wrongCombination } from './wrong-combination.ts';

/** Options that are right, with every default filled in. */
export interface CheckedS3Options
  extends Omit<S3StorageOptions, keyof Defaults | 'client'>, Defaults {
  /** A client of the user's own. */
  readonly ownClient: S3Client | undefined;
  /** Settings of the client that is to be made. */
  readonly clientSettings: S3ClientSettings;
}

interface Defaults {
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  readonly region: string;
  /** Without trailing slash. */
  readonly endpoint: string | undefined;
  /** Without trailing slash. */
  readonly publicEndpoint: string | undefined;
  readonly forcePathStyle: boolean;
  readonly visibility: 'private' | 'public';
  readonly objectParameters: ObjectParameters;
  readonly signedUrls: boolean;
  readonly urlExpiresIn: number;
  /** URL that the keys are appended to; ends with a slash. */
  readonly customDomain: string | undefined;
  readonly overwrite: boolean;
  readonly gzip: Required<GzipOptions> | undefined;
  readonly gzipTypes: readonly string[];
  readonly inlineActiveTypes: boolean | readonly string[];
  readonly multipart: Required<{ [Name in keyof MultipartOptions]: number }>;
  readonly accelerate: boolean;
  readonly checksums: 'when-supported' | 'when-required';
}

const mebibyte = 1024 * 1024;
const usualMultipart = { threshold: 8 * mebibyte, partSize: 8 * mebibyte, concurrency: 4 };
const compressible = [
  'application/javascript',
  'application/json',
  'application/x-javascript',
  'image/svg+xml',
  'text/css',
  'text/javascript',
];

/**
 * Checks the options, which may come from JSON, and fills in the defaults.
 * @throws {@link StorageOptionsError} for an unknown option, a wrong value or a wrong combination; says what to change.
 */
export function checkedOptions(
  options: S3StorageOptions,
  environment: NodeJS.ProcessEnv = process.env,
): CheckedS3Options {
  assertValues(options);
  const { visibility = 'private', endpoint, client } = options;
  const region = options.region ?? (endpoint === undefined ? regionOf(environment) : undefined);
  const checked = {
    ...defined(options),
    prefix: directory(options.prefix),
    region: region ?? '',
    endpoint: endpoint && trimmed(endpoint),
    publicEndpoint: options.publicEndpoint && trimmed(options.publicEndpoint),
    forcePathStyle:
      options.forcePathStyle ?? (endpoint !== undefined && isLocalHost(new URL(endpoint).hostname)),
    visibility,
    objectParameters: defined(options.objectParameters ?? {}),
    signedUrls: options.signedUrls ?? visibility === 'private',
    urlExpiresIn: options.urlExpiresIn ?? 3600,
    customDomain: options.customDomain === undefined ? undefined : domainUrl(options.customDomain),
    overwrite: options.overwrite ?? false,
    gzip: gzipOf(options.gzip),
    gzipTypes: options.gzipTypes ?? compressible,
    inlineActiveTypes: options.inlineActiveTypes ?? false,
    multipart: { ...usualMultipart, ...defined(options.multipart ?? {}) },
    accelerate: options.accelerate ?? false,
    checksums: options.checksums ?? (endpoint === undefined ? 'when-supported' : 'when-required'),
    ownClient: isClient(client) ? client : undefined,
    clientSettings: client === undefined || isClient(client) ? {} : client,
  } satisfies CheckedS3Options;
  const problem = wrongCombination(options, checked);
  if (problem !== undefined) throw wrong(options, problem);
  return checked;
}

function assertValues(options: S3StorageOptions): void {
  if (!isPlainObject(options)) {
    throw new StorageOptionsError('Cannot use an S3 storage: its options are no object');
  }
  if (options['bucket'] === undefined) {
    throw new StorageOptionsError('Cannot use an S3 storage: it has no bucket, set "bucket"');
  }
  for (const [name, value] of Object.entries<unknown>(options)) {
    if (!isOption(name)) throw wrong(options, unknownOption(name));
    const problem = value === undefined ? undefined : optionChecks[name](value);
    if (problem === undefined) continue;
    const shown = secretOptions.has(name) ? '' : ` ${JSON.stringify(value)}`;
    throw wrong(options, `the option "${name}"${shown} is not right, ${problem}`);
  }
}

function isOption(name: string): name is keyof S3StorageOptions {
  return Object.hasOwn(optionChecks, name);
}

function unknownOption(name: string): string {
  const bare = name.toLowerCase().replaceAll(/[^a-z]/g, '');
  const known = Object.keys(optionChecks).find((option) => option.toLowerCase() === bare);
  const meant = djangoNames.get(name) ?? known;
  const advice = meant === undefined ? 'see the README for all of them' : `use "${meant}"`;
  return `there is no option ${JSON.stringify(name)}, ${advice}`;
}

function wrong(options: object, problem: string): StorageOptionsError {
  const bucket: unknown = Reflect.get(options, 'bucket');
  const shown = typeof bucket === 'string' ? ` of bucket ${JSON.stringify(bucket)}` : '';
  return new StorageOptionsError(`Cannot use the S3 storage${shown}: ${problem}`);
}

function regionOf(environment: NodeJS.ProcessEnv): string | undefined {
  const named = [environment['AWS_REGION'], environment['AWS_DEFAULT_REGION']];
  return named.find((region) => region !== undefined && region !== '');
}

function directory(prefix = ''): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function trimmed(url: string): string {
  return new URL(url).href.replace(/\/+$/, '');
}

function domainUrl(domain: string): string {
  const url = /^https?:\/\//.test(domain) ? domain : `https://${domain}`;
  return `${trimmed(url)}/`;
}

function gzipOf(gzip: boolean | GzipOptions = false): Required<GzipOptions> | undefined {
  if (gzip === false) return undefined;
  return { level: (gzip === true ? undefined : gzip.level) ?? 6 };
}

/** A client is recognised by its method, so that one of another installed copy is. */
function isClient(client: S3StorageOptions['client']): client is S3Client {
  return client !== undefined && 'send' in client;
}

/** Without the keys whose value is `undefined`, which would hide defaults. */
function defined<T extends object>(options: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}
