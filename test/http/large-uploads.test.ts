import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { defineStorages, FileSystemStorage, type UploadStep } from '@filefield/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { end, file } from './form-body.ts';

const mebibyte = 1024 * 1024;
const script = join(import.meta.dirname, 'receive-child.ts');

interface ReceivingSite {
  readonly url: string;
  readonly storage: FileSystemStorage;
  /** Signs an upload of any size. */
  readonly sign: (name: string, step: UploadStep) => Promise<string>;
  /** Bytes that the process has grown at most. */
  readonly grown: () => Promise<number>;
}

/** Receives in a process of its own. */
async function receivingSite(): Promise<ReceivingSite> {
  const location = await temporaryDirectory();
  const child = spawn(process.execPath, [script, location], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const told = async (): Promise<number> => Number((await lines.next()).value);
  const url = `http://127.0.0.1:${await told()}`;
  const create = (): FileSystemStorage =>
    new FileSystemStorage({ location, uploadUrl: '/', keys: ['k'.repeat(32)] });
  const storage = defineStorages({ local: create }).get('local') as FileSystemStorage;
  const grant = { type: 'text/plain', maxSize: 2 ** 30, expiresIn: 600 };
  return {
    url,
    storage,
    sign: async (name, step) => url + (await storage.createUpload({ ...grant, name }, step)).url,
    grown: async () => {
      child.stdin.write('\n');
      return told();
    },
  };
}

/** So many mebibytes that nobody holds, between two texts. */
function zeros(
  mebibytes: number,
  before = '',
  behind = '',
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunk = new Uint8Array(mebibyte / 4);
  const give = function* (): Generator<Uint8Array<ArrayBuffer>> {
    yield new Uint8Array(Buffer.from(before));
    for (let index = 0; index < mebibytes * 4; index += 1) yield chunk;
    yield new Uint8Array(Buffer.from(behind));
  };
  return ReadableStream.from(give());
}

describe('an upload of 256 MiB', () => {
  it('costs no memory in a form', async () => {
    const { url, storage, grown } = await receivingSite();
    const [before = '', behind = ''] = (file('file', 'a.bin', '|') + end).split('|');

    const response = await fetch(`${url}/form`, {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=x' },
      body: zeros(256, before, behind),
      duplex: 'half',
    });

    expect(response.status).toBe(200);
    expect(await storage.size('form.bin')).toBe(256 * mebibyte);
    expect(await grown()).toBeLessThan(128 * mebibyte);
  });

  it('costs no memory in parts, nor where they are put together', async () => {
    const { storage, sign, grown } = await receivingSite();
    const grant = { name: 'incoming/a', type: 'text/plain', maxSize: 2 ** 30, expiresIn: 600 };
    const uploadId = await storage.uploads!.begin(grant);

    const etags = await Promise.all(
      [1, 2, 3, 4].map(async (partNumber) => {
        const url = await sign(grant.name, { kind: 'part', uploadId, partNumber });
        const response = await fetch(url, { method: 'PUT', body: zeros(64), duplex: 'half' });
        return `<Part><PartNumber>${partNumber}</PartNumber><ETag>${response.headers.get('etag')}</ETag></Part>`;
      }),
    );
    const body = `<CompleteMultipartUpload>${etags.join('')}</CompleteMultipartUpload>`;
    const url = await sign(grant.name, { kind: 'complete', uploadId });
    const response = await fetch(url, { method: 'POST', body });

    expect(response.status).toBe(200);
    expect(await storage.size(grant.name)).toBe(256 * mebibyte);
    expect(await grown()).toBeLessThan(128 * mebibyte);
  });
});

describe('fifty uploads of 5 MiB at once', () => {
  it('arrive whole, and cost no memory', async () => {
    const { storage, sign, grown } = await receivingSite();
    const names = Array.from({ length: 50 }, (_, index) => `incoming/${index}`);

    const responses = await Promise.all(
      names.map(async (name) => {
        const headers = { 'Content-Type': 'text/plain' };
        const url = await sign(name, { kind: 'put' });
        return fetch(url, { method: 'PUT', headers, body: zeros(5), duplex: 'half' });
      }),
    );

    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    const sizes = await Promise.all(names.map(async (name) => storage.size(name)));
    expect(new Set(sizes)).toEqual(new Set([5 * mebibyte]));
    expect(await grown()).toBeLessThan(192 * mebibyte);
  });
});
