import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { S3Storage } from '@filefield/s3';

/** Parts of two buckets in which a child and the test that watches it meet. */
export interface S3Place {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The bucket of each location: files are copied from one bucket to the other. */
  readonly buckets: Readonly<Record<string, string>>;
  /** Ends with a slash; the locations are below it. */
  readonly prefix: string;
}

/** The storage of a location; tells of the requests that it makes. */
export function s3Storage(
  place: S3Place,
  location: string,
  onRequest: (step: string) => void = () => {},
): S3Storage {
  const { buckets, prefix, ...server } = place;
  const where = { bucket: bucketOf(place, location), prefix: `${prefix}${location}/` };
  // Few steps of a copy leave as much behind as one in parts.
  const internals = location === 'archive' ? { limits: { copy: 10_000 } } : {};
  const storage = new S3Storage({ ...server, ...where }, internals);
  storage.client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        onRequest(`before ${commandName}`);
        const result = await next(args);
        onRequest(`after ${commandName}`);
        return result;
      },
    { step: 'initialize' },
  );
  return storage;
}

/** An object's bytes, read past all of the library. */
export async function readS3(place: S3Place, path: string): Promise<Buffer> {
  const client = clientOf(place);
  const Bucket = bucketOf(place, path.split('/', 1).join());
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: place.prefix + path }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** Every object below a location but what the library keeps there for itself, and every open upload. */
export async function s3Strays(place: S3Place, location: string): Promise<string[]> {
  const where = { Bucket: bucketOf(place, location), Prefix: `${place.prefix}${location}/` };
  const client = clientOf(place);
  const { Contents = [] } = await client.send(new ListObjectsV2Command(where));
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand(where));
  const names = Contents.map(({ Key = '' }) => Key.slice(place.prefix.length));
  const own = ['owner', 'probe'].map((name) => `${location}/.filefield/${name}`);
  return [
    ...names.filter((name) => !own.includes(name)),
    // The next process that tries the server out removes the upload of one that was killed while it did.
    ...Uploads.map(({ Key = '' }) => Key.slice(place.prefix.length))
      .filter((name) => !own.includes(name))
      .map((name) => `unfinished ${name}`),
  ];
}

/** Removes everything. */
export async function clearS3(place: S3Place): Promise<void> {
  const { buckets, prefix: Prefix } = place;
  const client = clientOf(place);
  for (const Bucket of Object.values(buckets)) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
    const Objects = Contents.map(({ Key }) => ({ Key }));
    if (Objects.length > 0) {
      await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    }
  }
}

function bucketOf({ buckets }: S3Place, location: string): string {
  return buckets[location] ?? `no bucket of ${location}`;
}

const clients = new Map<string, S3Client>();

/** One client for all questions: another one takes longer than the answer. */
function clientOf({ endpoint, region, credentials }: S3Place): S3Client {
  const client =
    clients.get(endpoint) ??
    new S3Client({
      endpoint,
      region,
      credentials: { ...credentials },
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
  clients.set(endpoint, client);
  return client;
}
