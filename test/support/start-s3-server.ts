import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { leftOverDirectories } from './left-over-directories.ts';
import { installPackages } from './install-packages.ts';
import { isInstalled } from './is-installed.ts';
import { s3Advice } from './s3-available.ts';

/** A running S3 server, and two users of it. */
export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  /** Ends the hosts of buckets in virtual-host style; resolved by the client. `undefined`: not offered. */
  readonly domain: string | undefined;
  readonly credentials: S3User;
  /** May do nothing but what a bucket's policy grants. `undefined`: there is none. */
  readonly other: S3User | undefined;
  /** ARN of a role that the first user may assume, for no less than two seconds. `undefined`: there is none. */
  readonly role: string | undefined;
  /** Id of a key that encrypts on the server (SSE-KMS). `undefined`: there is none. */
  readonly kmsKeyId: string | undefined;
  /** Names buckets of this run. */
  readonly bucketPrefix: string;
  /** Where a file `started` tells that it answers, or `failed` why it never will. `undefined`: it answers. */
  readonly starting?: string;
}

/** A user of the server. */
export interface S3User {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const run = promisify(execFile);
const script = join(import.meta.dirname, 'radosgw.sh');
const directoryPrefix = 'filefield-s3-';

/** Starts an S3 server for this process, or takes `S3_TEST_ENDPOINT`; afterwards it is starting, for about 12 s. */
export async function startS3Server(): Promise<{
  readonly server: S3Server;
  readonly started: Promise<void>;
  readonly stop: () => Promise<void>;
}> {
  const bucketPrefix = `filefield-${process.pid}-${Date.now().toString(36)}-`;
  const external = externalServer();
  if (external !== undefined) {
    const started = Promise.resolve();
    return { server: { ...external, bucketPrefix }, started, stop: async () => undefined };
  }
  if (!isInstalled('radosgw')) {
    await installPackages(
      ['radosgw', 'ceph-mon', 'ceph-osd', 'curl', 'openssl'],
      `Cannot start an S3 server: radosgw is not installed, ${s3Advice}`,
    );
  }
  for (const directory of await leftOverDirectories(directoryPrefix)) {
    await run(script, ['stop', directory]);
  }
  const directory = await mkdtemp(join(tmpdir(), `${directoryPrefix}${process.pid}-`));
  const port = await freePort(3);
  const started = run(script, ['start', directory, String(port), String(process.pid)]).then(
    async () => writeFile(join(directory, 'started'), ''),
    async (cause: unknown) => {
      await writeFile(join(directory, 'failed'), String(cause));
      throw new Error('Cannot start radosgw', { cause });
    },
  );
  // Whoever waits for it hears of it.
  started.catch(() => undefined);
  const server = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    domain: 's3.test',
    credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' },
    other: { accessKeyId: 'other', secretAccessKey: 'othersecret' },
    role: 'arn:aws:iam:::role/uploads',
    kmsKeyId: 'acme',
    bucketPrefix,
    starting: directory,
  };
  const end = async (): Promise<void> => {
    await started.catch(() => undefined);
    await run(script, ['stop', directory]);
  };
  let ended: Promise<void> | undefined;
  return { server, started, stop: async () => (ended ??= end()) };
}

function externalServer(): Omit<S3Server, 'bucketPrefix'> | undefined {
  const { S3_TEST_ENDPOINT: endpoint, S3_TEST_REGION: region = 'us-east-1' } = process.env;
  if (!endpoint) return undefined;
  const { S3_TEST_ACCESS_KEY = 'test', S3_TEST_SECRET_KEY = 'testsecret' } = process.env;
  const { S3_TEST_ROLE, S3_TEST_KMS_KEY } = process.env;
  const { S3_TEST_OTHER_ACCESS_KEY, S3_TEST_OTHER_SECRET_KEY, S3_TEST_DOMAIN } = process.env;
  return {
    endpoint,
    region,
    domain: S3_TEST_DOMAIN,
    credentials: { accessKeyId: S3_TEST_ACCESS_KEY, secretAccessKey: S3_TEST_SECRET_KEY },
    other:
      S3_TEST_OTHER_ACCESS_KEY && S3_TEST_OTHER_SECRET_KEY
        ? { accessKeyId: S3_TEST_OTHER_ACCESS_KEY, secretAccessKey: S3_TEST_OTHER_SECRET_KEY }
        : undefined,
    role: S3_TEST_ROLE,
    kmsKeyId: S3_TEST_KMS_KEY,
  };
}
