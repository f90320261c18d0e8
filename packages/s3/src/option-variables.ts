import { StorageOptionsError } from '@filefield/core';
import { optionChecks } from './option-checks.ts';
import type { S3StorageOptions } from './s3-options.ts';

/** An environment variable. */
export interface Variable {
  /** What follows the part that says which storage: `URL_EXPIRES_IN`. */
  readonly name: string;
  /** The whole name, for messages. */
  readonly variable: string;
  readonly text: string;
}

/** `userUploads`, `user-uploads` as `USER_UPLOADS`. */
export function variableName(name: string): string {
  return name
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_')
    .replaceAll(/[^a-zA-Z0-9]+/g, '_')
    .toUpperCase();
}

/** Whether there is an option that a variable of this name sets. */
export function isOptionVariable(name: string): boolean {
  return parts.has(name) || optionNames.has(name);
}

/**
 * The options that variables set; whether their values are right, the storage checks.
 * @throws {@link StorageOptionsError} when a variable cannot be read, or there is no option of its name.
 */
export function optionsOfVariables(variables: readonly Variable[]): Partial<S3StorageOptions> {
  const options: Record<string, unknown> = {};
  for (const { name, variable, text } of variables) {
    const part = parts.get(name);
    const option = optionNames.get(name);
    if (part !== undefined) {
      const [whole, key] = part;
      options[whole] = { ...Object(options[whole]), [key]: unescaped(key, text) };
    } else if (option !== undefined) {
      options[option] = parsed(option, variable, text);
    } else {
      throw new StorageOptionsError(
        `Cannot read ${variable}: there is no option of that name, see the README for all of them`,
      );
    }
  }
  // The values are as unchecked as JSON; the constructor of the storage checks them.
  return options;
}

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  accelerate: flag,
  forcePathStyle: flag,
  gzip: flagOrJson,
  gzipTypes: list,
  inlineActiveTypes: (text) => (text.includes('/') ? list(text) : flag(text)),
  multipart: JSON.parse,
  objectParameters: JSON.parse,
  overwrite: flag,
  signedUrls: flag,
  sse: (text) => (text.startsWith('{') ? JSON.parse(text) : text),
  tls: JSON.parse,
  urlExpiresIn: Number,
  urlWindow: Number,
};

/** Parts of options: what is secret has a variable of its own. */
const parts: ReadonlyMap<string, readonly [option: keyof S3StorageOptions, key: string]> = new Map([
  ['ACCESS_KEY_ID', ['credentials', 'accessKeyId']],
  ['SECRET_ACCESS_KEY', ['credentials', 'secretAccessKey']],
  ['SESSION_TOKEN', ['credentials', 'sessionToken']],
  ['CLOUDFRONT_KEY_PAIR_ID', ['cloudfront', 'keyPairId']],
  ['CLOUDFRONT_PRIVATE_KEY', ['cloudfront', 'privateKey']],
  ['CLOUDFRONT_ALGORITHM', ['cloudfront', 'algorithm']],
]);

/** Options that only a program can set, or that are set by their {@link parts}. */
const wordless = ['client', 'cloudfront', 'credentials', 'objectParametersFor', 'urlSigner'];

const optionNames: ReadonlyMap<string, string> = new Map(
  Object.keys(optionChecks)
    .filter((option) => !wordless.includes(option))
    .map((option) => [variableName(option), option]),
);

function parsed(option: string, variable: string, text: string): unknown {
  const read = Object.hasOwn(readers, option) ? readers[option] : undefined;
  try {
    return read === undefined ? text : read(text);
  } catch {
    // Without the text: it may be meant to be secret.
    throw new StorageOptionsError(
      `Cannot read ${variable}: it is no ${read === flag ? '"true" or "false"' : 'JSON'}`,
    );
  }
}

function flag(text: string): boolean {
  if (['true', '1'].includes(text.toLowerCase())) return true;
  if (['false', '0'].includes(text.toLowerCase())) return false;
  throw new TypeError('no flag');
}

function flagOrJson(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text) : flag(text);
}

function list(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

/** Many tools keep a PEM on one line, its line breaks written as `\n`. */
function unescaped(key: string, text: string): string {
  return key === 'privateKey' ? text.replaceAll(String.raw`\n`, '\n') : text;
}
