import {
  GetBucketLocationCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
} from '@aws-sdk/client-s3';
import type { S3Bucket } from './s3-bucket.ts';
import { S3Problem } from './s3-errors.ts';
import type { ProbeFinding } from './probe.ts';
import type { S3Storage } from './s3-storage.ts';

type Finding = Omit<ProbeFinding, 'subject'>;

/** Whether the bucket is there and answers. */
export async function checkBucket(bucket: S3Bucket): Promise<Finding> {
  try {
    await bucket.ask('s3:ListBucket', undefined, async (client) =>
      client.send(new ListObjectsV2Command(ownListing(bucket))),
    );
  } catch (error) {
    if (!(error instanceof S3Problem && error.isMissing)) throw error;
    throw new S3Problem('NoSuchBucket', error.need, { status: error.status });
  }
  return { state: 'good', message: `bucket "${bucket.name}" is there` };
}

/** The cheapest request that whoever is allowed nothing but the prefix may make: HeadBucket is none. */
function ownListing(bucket: S3Bucket): ListObjectsV2CommandInput {
  return { ...bucket.place, Prefix: bucket.options.prefix, MaxKeys: 1 };
}

/** Whether the bucket is where the options say. */
export async function checkRegion(bucket: S3Bucket): Promise<Finding> {
  const { LocationConstraint } = await bucket.ask(
    's3:GetBucketLocation',
    undefined,
    async (client) => client.send(new GetBucketLocationCommand(bucket.bare)),
  );
  const { region, endpoint } = bucket.options;
  // The first region has no name here, an old one another.
  const told: string = LocationConstraint ?? 'us-east-1';
  const found = told === 'EU' ? 'eu-west-1' : told;
  if (found === region) return { state: 'good', message: `the bucket is in region "${region}"` };
  const message = `the bucket is in region "${found}", the option region says "${region}"`;
  // Other servers take any region, and many answer with one of their own making.
  return {
    state: endpoint === undefined ? 'bad' : 'unknown',
    message,
    breaks: 'signed URLs of another region are refused',
    fix: `set region: ${JSON.stringify(found)}`,
  };
}

/** Whether the clocks of this machine and of the server agree: signatures hold for 15 minutes. */
export async function checkClock(bucket: S3Bucket): Promise<Finding> {
  const command = new ListObjectsV2Command(ownListing(bucket));
  let date: string | undefined;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      date = dateOf(result.response);
      return result;
    },
    { step: 'deserialize', priority: 'low' },
  );
  await bucket.ask('s3:ListBucket', undefined, async (client) => client.send(command));
  if (date === undefined) return { state: 'unknown', message: 'the server does not tell the time' };
  const seconds = Math.round(Math.abs(Date.now() - Date.parse(date)) / 1000);
  const message = `the clocks of this machine and of the server are ${seconds} seconds apart`;
  if (seconds < 60) return { state: 'good', message };
  const advised = `${message}, set the clock of this machine: at 900 every request fails`;
  return {
    state: seconds < 900 ? 'advice' : 'bad',
    message: advised,
    breaks:
      'signatures are refused once the clocks are 15 minutes apart, and URLs live shorter or longer',
    fix: 'let a time service keep the clock of this machine',
  };
}

/** Which writes the server refuses where a name is taken. */
export async function checkWrites(_bucket: S3Bucket, storage: S3Storage): Promise<Finding> {
  await storage.ready();
  const { put, complete, copy } = storage.capabilities.conditionalWrite;
  const ways = [
    ['objects', put],
    ['large objects', complete],
    ['copies', copy],
  ] as const;
  const missing = ways.filter(([, isEnforced]) => !isEnforced).map(([way]) => way);
  if (missing.length === 0) {
    return { state: 'good', message: 'the server refuses to overwrite what is there' };
  }
  const message =
    `the server does not refuse to overwrite what is there for ${missing.join(' and ')}: names are looked up before, ` +
    'two writers of one name at the same moment are not told apart';
  return {
    state: 'advice',
    message,
    breaks: 'of two writers of one name the later wins; names with a random token never meet',
    fix: "keep naming: 'unique', or use a server that enforces If-None-Match",
  };
}

function dateOf(response: unknown): string | undefined {
  if (typeof response !== 'object' || response === null) return undefined;
  const headers: unknown = Reflect.get(response, 'headers');
  if (typeof headers !== 'object' || headers === null) return undefined;
  const date: unknown = Reflect.get(headers, 'date');
  return typeof date === 'string' ? date : undefined;
}
