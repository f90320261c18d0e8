import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { FileStat, Level } from '@filefield/core';
import type { S3Bucket } from './s3-bucket.ts';

/** What lies right below a directory. */
export async function listLevel(bucket: S3Bucket, directory: string): Promise<Level> {
  const prefix = below(directory);
  const directories: string[] = [];
  const files: FileStat[] = [];
  for await (const page of pages(bucket, prefix, '/')) {
    for (const { Prefix = '' } of page.CommonPrefixes ?? []) {
      directories.push(bucket.nameOf(decoded(page, Prefix)).slice(prefix.length, -1));
    }
    files.push(...filesOf(bucket, page));
  }
  return { directories, files };
}

/** Every object below a directory, in the order in which S3 lists: that of UTF-8 bytes. */
export async function* walkObjects(bucket: S3Bucket, directory: string): AsyncGenerator<FileStat> {
  for await (const page of pages(bucket, below(directory))) yield* filesOf(bucket, page);
}

async function* pages(
  bucket: S3Bucket,
  prefix: string,
  delimiter?: string,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  let token: string | undefined;
  do {
    const input = {
      ...bucket.place,
      Prefix: bucket.key(prefix),
      MaxKeys: bucket.limits.page,
      // A key may hold characters that XML cannot.
      EncodingType: 'url',
      ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
      ...(token === undefined ? {} : { ContinuationToken: token }),
    } as const;
    const page = await bucket.ask('s3:ListBucket', undefined, async (client) =>
      client.send(new ListObjectsV2Command(input)),
    );
    yield page;
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

function filesOf(bucket: S3Bucket, page: ListObjectsV2CommandOutput): FileStat[] {
  return (page.Contents ?? []).map(({ Key = '', Size = 0, LastModified, ETag }) => ({
    name: bucket.nameOf(decoded(page, Key)),
    size: Size,
    modifiedAt: wholeSeconds(LastModified),
    etag: ETag,
  }));
}

/** As a HEAD tells it; some servers list fractions. */
function wholeSeconds(date = new Date(0)): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

function decoded({ EncodingType }: ListObjectsV2CommandOutput, key: string): string {
  return EncodingType === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
}

function below(directory: string): string {
  return directory === '' ? '' : `${directory}/`;
}
