import { PutObjectCommand } from '@aws-sdk/client-s3';
import { BucketUrls } from './bucket-urls.ts';
import { probeName } from './conditional-writes.ts';
import { encodeKey } from './encode-key.ts';
import { encryptionHeaders } from './encryption-headers.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';
import type { S3Credentials } from './s3-options.ts';

/**
 * Headers with which the bearer of a signed request could make it do what nobody granted: the first one makes a PUT a copy
 * of any object that the signer may read.
 */
const harmful = [
  'x-amz-copy-source',
  'x-amz-acl',
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write-acp',
  'x-amz-object-lock-legal-hold',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-storage-class',
  'x-amz-tagging',
  'x-amz-website-redirect-location',
];

/** What was found out, by server. */
const foundOut = new Map<string, Promise<readonly string[] | undefined>>();

/**
 * The headers that have to be signed as absent, so that nobody adds them to a request that is signed for him. None where
 * the server refuses every `x-amz-` header that is not signed, as AWS does; `undefined` where nothing keeps it from obeying
 * them. Tried out once per process and server.
 */
export async function headersToForbid(
  bucket: S3Bucket,
  credentials: S3Credentials,
): Promise<readonly string[] | undefined> {
  const { endpoint } = bucket.options;
  if (endpoint === undefined) return [];
  const finding = foundOut.get(endpoint) ?? find(bucket, credentials);
  foundOut.set(endpoint, finding);
  try {
    return await finding;
  } catch (error) {
    foundOut.delete(endpoint);
    throw error;
  }
}

async function find(
  bucket: S3Bucket,
  credentials: S3Credentials,
): Promise<readonly string[] | undefined> {
  const copied = `/${bucket.name}/${encodeKey(bucket.key(probeName))}`;
  const isEnforced = async (absent: readonly string[]): Promise<boolean> => {
    const sent = async (header: string, value: string): Promise<number | undefined> =>
      refusal(put(bucket, credentials, absent, { [header]: value }));
    // The first one needs no right: a copy may be refused for lack of one.
    return (
      (await sent('x-amz-storage-class', 'STANDARD')) === 403 &&
      (await sent('x-amz-copy-source', copied)) === 403
    );
  };
  await put(bucket, credentials, []);
  if (await isEnforced([])) return [];
  if ((await refusal(put(bucket, credentials, harmful))) !== undefined) return undefined;
  return (await isEnforced(harmful)) ? harmful : undefined;
}

/** The status with which the server refuses; `undefined` where it does what it is told. */
async function refusal(request: Promise<void>): Promise<number | undefined> {
  try {
    await request;
    return undefined;
  } catch (error) {
    if (!(error instanceof S3Problem) || error.isAmbiguous) throw error;
    return error.status;
  }
}

/** Writes the object that servers are tried with, as the bearer of a signed URL would. */
async function put(
  bucket: S3Bucket,
  credentials: S3Credentials,
  absent: readonly string[],
  unsigned: Readonly<Record<string, string>> = {},
): Promise<void> {
  const headers = encryptionHeaders(bucket.options);
  const urls = new BucketUrls({ ...bucket.options, publicEndpoint: undefined });
  const date = Math.floor(Date.now() / 1000);
  const request = { method: 'PUT', key: bucket.key(probeName), parameters: {} } as const;
  const signed = { ...request, headers, absent };
  const url = new URL(urls.request(signed, { date, expires: date + 60 }, credentials));
  const command = new PutObjectCommand({ ...bucket.object(probeName), Body: probeName });
  // The SDK's connection, and with it proxy, certificates and retries; not its signature.
  command.middlewareStack.add(
    (next) => async (args) => {
      const sent = args.request as { query: object; headers: object };
      sent.query = Object.fromEntries(url.searchParams);
      const length = String(probeName.length);
      sent.headers = { host: url.host, 'content-length': length, ...headers, ...unsigned };
      return await next(args);
    },
    { step: 'deserialize', priority: 'low' },
  );
  await bucket.ask('s3:PutObject', probeName, async (client) => client.send(command));
}
