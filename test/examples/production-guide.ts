import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { workspace } from '../support/packed-packages.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);
const server = inject('s3Server');
const example = join(workspace, 'examples/03-production-guide');

/** What a command on the page printed. */
export interface StepRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Somebody who follows the README of the example, in a deployment of his own. */
export interface Guide extends AsyncDisposable {
  /** What the names of his buckets begin with: `<organization>-guide-prod`. */
  readonly buckets: string;
  readonly databaseUrl: string;
  /** Uploads on the disk. */
  readonly directory: string;
  /** What the deployment says from now on. */
  readonly environment: Record<string, string>;
  /** Runs the commands of a step as they stand on the page, but for names and `npx`. */
  step(name: string, environment?: Record<string, string>): Promise<StepRun>;
  /** Runs the command of a step that starts the application, beside those that run. */
  deploy(step: string): Promise<Site>;
}

/** A process of the application. */
export interface Site {
  readonly url: string;
  /** Adds a member with an avatar of his own; gives his name. */
  upload(name: string): Promise<string>;
  /** The names of all members whose avatar its URL leads to. */
  fetchAll(): Promise<string[]>;
  /** As a deployment does: SIGTERM, and the process ends well. */
  stop(): Promise<void>;
}

/** @param environment What his deployment says besides. */
export async function openGuide(environment: Record<string, string> = {}): Promise<Guide> {
  const { endpoint, region, credentials, other = credentials, bucketPrefix } = server;
  const organization = bucketPrefix + Math.random().toString(36).slice(2, 8);
  const directory = join(await temporaryDirectory(), 'media');
  await mkdir(directory);
  const blocks = await stepsOfReadme();
  const { url: databaseUrl } = await createDatabase();
  const admin = keys(credentials);
  const common: Record<string, string> = {
    PATH: [join(example, 'node_modules/.bin'), process.env['PATH']].join(':'),
    DATABASE_URL: databaseUrl,
    ORGANIZATION: organization,
    APP_ENVIRONMENT: 'prod',
    AWS_REGION: region,
    S3_ENDPOINT: endpoint,
    APP_PRINCIPAL: 'arn:aws:iam:::user/other',
    APP_KEYS: 'k'.repeat(32),
    MEDIA_DIRECTORY: directory,
    ...keys(other),
    ...environment,
  };
  const compileCache = process.env['NODE_COMPILE_CACHE'];
  if (compileCache !== undefined) common['NODE_COMPILE_CACHE'] = compileCache;
  const sites = new Set<Site>();
  const command = (name: string): string => {
    const block = blocks.get(name);
    if (block === undefined) throw new Error(`the README has no step "${name}"`);
    return block
      .replaceAll('acme-', `${organization}-`)
      .replaceAll(
        /npx --yes pnpm@12 (\w+(?:-\w+)*)/g,
        (_, script: string) => programs[script] ?? script,
      );
  };
  return {
    buckets: `${organization}-guide-prod`,
    databaseUrl,
    directory,
    environment: common,
    async step(name, more = {}) {
      const keysOf = name.endsWith('buckets') ? admin : {};
      const env = { ...common, ...keysOf, ...more };
      const ended = run('sh', ['-ec', command(name)], { cwd: example, env });
      const { stdout, stderr } = await ended.catch((error: StepRun) => error);
      return { code: ended.child.exitCode ?? -1, stdout, stderr };
    },
    async deploy(name) {
      const site = await startSite(command(name), { ...common, PORT: '0' });
      sites.add(site);
      return site;
    },
    async [Symbol.asyncDispose]() {
      for (const site of sites) await site.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const programs: Record<string, string> = {
  start: 'exec node --import tsx src/main.ts',
  provider: 'tsx src/provider.ts',
  'forget-exports': 'tsx src/forget-exports.ts',
};

function keys({ accessKeyId, secretAccessKey }: typeof server.credentials): {
  AWS_ACCESS_KEY_ID: string;
  AWS_SECRET_ACCESS_KEY: string;
} {
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}

async function stepsOfReadme(): Promise<Map<string, string>> {
  const readme = await readFile(join(example, 'README.md'), 'utf8');
  const found = readme.matchAll(/<!-- step: ([\w-]+) -->\n\n```sh\n([^`]+)```/g);
  return new Map(Array.from(found, ([, name = '', block = '']) => [name, block]));
}

async function startSite(command: string, env: Record<string, string>): Promise<Site> {
  const child = spawn('sh', ['-ec', command], {
    cwd: example,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const closed = once(child, 'close');
  const url = await addressIn(createInterface(child.stdout));
  if (url === undefined) throw new Error(`the application did not start: ${errors}`);
  const png = await readFile(join(workspace, 'examples/01-first-file/files/lighthouse.png'));
  const avatarOf = (name: string): Buffer => Buffer.concat([png, Buffer.from(name)]);
  return {
    url,
    async upload(name) {
      const body = new FormData();
      body.set('name', name);
      body.set('avatar', new File([new Uint8Array(avatarOf(name))], `${name}.png`));
      const answer = await fetch(new URL('/members', url), { method: 'POST', body });
      if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
      return name;
    },
    async fetchAll() {
      const answer = await fetch(new URL('/members', url));
      const members = (await answer.json()) as { name: string; avatar: { url: string } }[];
      const found: string[] = [];
      for (const { name, avatar } of members) {
        const bytes = await (await fetch(new URL(avatar.url, url))).arrayBuffer();
        if (avatarOf(name).equals(Buffer.from(bytes))) found.push(name);
      }
      return found;
    },
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM');
      await closed;
      if (child.exitCode !== 0) throw new Error(`the application ended badly: ${errors}`);
    },
  };
}

async function addressIn(lines: AsyncIterable<string>): Promise<string | undefined> {
  for await (const line of lines) {
    const [address] = /http:\/\/\S+/.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  return undefined;
}
