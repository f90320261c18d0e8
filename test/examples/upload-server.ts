import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll } from 'vitest';
import { workspace } from '../support/packed-packages.ts';

/** What the example 05-upload-view answered. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A request to the example. */
export interface UploadRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: NonNullable<RequestInit['body']>;
}

/** The running example 05-upload-view. */
export interface UploadServer {
  readonly url: string;
  /** Uploads a file as a user. */
  upload(username: string, file: File): Promise<Answer>;
  /** Sends any request. */
  send(request: UploadRequest): Promise<Answer>;
}

const example = join(workspace, 'examples/05-upload-view');

/** Starts the example in a process of its own until the file's tests are over. */
export async function startUploadServer(environment: NodeJS.ProcessEnv): Promise<UploadServer> {
  const env = { PATH: process.env['PATH'], PORT: '0', ...environment };
  const child = spawn(process.execPath, ['src/main.ts'], { cwd: example, env });
  afterAll(() => void child.kill());
  let log = '';
  child.stderr.on('data', (chunk) => (log += String(chunk)));
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`It ended: ${log}`)));
  const said = once(createInterface(child.stdout), 'line');
  const [line] = await Promise.race([said, ended]);
  const url = String(line).replace('Uploads go to ', '');
  async function send(request: UploadRequest): Promise<Answer> {
    const response = await fetch(url, { method: 'POST', ...request });
    const text = await response.text();
    return { status: response.status, body: text === '' ? '' : JSON.parse(text) };
  }
  return {
    url,
    send,
    upload: async (username, file) => send({ headers: basic(username), body: form(file) }),
  };
}

/** A photo of 34 kB under a name. */
export async function photo(name: string): Promise<File> {
  return new File(
    [await readFile(join(workspace, 'examples/01-first-file/files/lighthouse.png'))],
    name,
  );
}

/** How a user logs in. */
export function basic(username: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${username}:`).toString('base64')}` };
}

function form(file: File): FormData {
  const data = new FormData();
  data.set('file', file);
  return data;
}
