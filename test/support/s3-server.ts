import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { freePort } from './free-port.ts';
import { leftOverDirectories } from './left-over-directories.ts';
import { isInstalled, s3Advice } from './s3-available.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The S3 server of this run of the tests. */
    s3Server: S3Server;
  }
}

/** A running S3 server, and two users of it. */
export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  /** Ends the hosts of buckets in virtual-host style; resolved by the client. `undefined`: not offered. */
  readonly domain: string | undefined;
  readonly credentials: S3User;
  /** May do nothing but what a bucket's policy grants. `undefined`: there is none. */
  readonly other: S3User | undefined;
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

/**
 * Starts the one S3 server of a run, or takes `S3_TEST_ENDPOINT`. Called only where an `.s3.test.ts` file runs; while it
 * starts, other files run.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | void> {
  const bucketPrefix = `filefield-${process.pid}-${Date.now().toString(36)}-`;
  const external = externalServer();
  if (external !== undefined) {
    project.provide('s3Server', { ...external, bucketPrefix });
    return;
  }
  if (!isInstalled('radosgw')) await install();
  for (const directory of await leftOverDirectories(directoryPrefix)) {
    await run(script, ['stop', directory]);
  }
  const directory = await mkdtemp(join(tmpdir(), `${directoryPrefix}${process.pid}-`));
  const port = await freePort(3);
  const start = run(script, ['start', directory, String(port), String(process.pid)]).then(
    () => writeFile(join(directory, 'started'), ''),
    (error: unknown) => writeFile(join(directory, 'failed'), String(error)),
  );
  project.provide('s3Server', {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    domain: 's3.test',
    credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' },
    other: { accessKeyId: 'other', secretAccessKey: 'othersecret' },
    bucketPrefix,
    starting: directory,
  });
  return async () => {
    await start;
    await run(script, ['stop', directory]);
  };
}

function externalServer(): Omit<S3Server, 'bucketPrefix'> | undefined {
  const { S3_TEST_ENDPOINT: endpoint, S3_TEST_REGION: region = 'us-east-1' } = process.env;
  if (!endpoint) return undefined;
  const { S3_TEST_ACCESS_KEY = 'test', S3_TEST_SECRET_KEY = 'testsecret' } = process.env;
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
  };
}

async function install(): Promise<void> {
  if (process.env['FILEFIELD_TEST_INSTALL'] !== '1') {
    throw new Error(`Cannot run the .s3.test.ts files: there is no S3 server, ${s3Advice}`);
  }
  const apt = process.getuid?.() === 0 ? 'apt-get' : 'sudo -n apt-get';
  const add = `${apt} install -y --no-install-recommends radosgw ceph-mon ceph-osd curl openssl`;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('sh', ['-c', `${apt} update && ${add}`], { env, maxBuffer: 64 * 1024 * 1024 });
}
