import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { S3Storage } from '@filefield/s3';

/** A part of a bucket in which a child and the test that watches it meet. */
export interface S3Place {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly bucket: string;
  /** Ends with a slash; the locations are below it. */
  readonly prefix: string;
}

/** The storage of a location; tells of the requests that it makes. */
export function s3Storage(
  place: S3Place,
  location: string,
  onRequest: (step: string) => void = () => {},
): S3Storage {
  const storage = new S3Storage({ ...place, prefix: `${place.prefix}${location}/` });
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
  const { Body } = await client.send(
    new GetObjectCommand({ Bucket: place.bucket, Key: place.prefix + path }),
  );
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** Every object below a location but what the library keeps there for itself, and every open upload. */
export async function s3Strays(place: S3Place, location: string): Promise<string[]> {
  const where = { Bucket: place.bucket, Prefix: `${place.prefix}${location}/` };
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
  const { bucket: Bucket, prefix: Prefix } = place;
  const client = clientOf(place);
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
  if (Contents.length === 0) return;
  const Objects = Contents.map(({ Key }) => ({ Key }));
  await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
}

function clientOf({ endpoint, region, credentials }: S3Place): S3Client {
  return new S3Client({
    endpoint,
    region,
    credentials: { ...credentials },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
}
