import { describe, expect, inject, it } from 'vitest';
import { answeringServer, type Answer, type Answering } from '../support/answering-server.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import { failure } from './error-text.ts';
import {
  createBucket,
  createStorage,
  names,
  openUploads,
  pattern,
  streamed,
  textOf,
} from './support.ts';

const mebibyte = 1024 * 1024;
const bucket = await createBucket();
const large = pattern(6 * mebibyte);
const multipart = { partSize: 5 * mebibyte, threshold: 5 * mebibyte, concurrency: 2 };
const { endpoint } = inject('s3Server');

describe('a write that fails leaves nothing, not even parts,', () => {
  it('when the source fails', async () => {
    const storage = createStorage({ bucket, multipart });
    const error = new Error('the disk is gone');
    const source = (async function* () {
      yield* streamed(large);
      throw error;
    })();

    await expect(storage.save('a.bin', source)).rejects.toBe(error);

    expect(await names(storage)).toEqual([]);
    expect(await openUploads(bucket)).toEqual([]);
  });

  it('when its signal is aborted', async () => {
    const storage = createStorage({ bucket, multipart });
    const controller = new AbortController();
    const reason = new Error('the user left');
    const source = (async function* () {
      yield* streamed(large);
      controller.abort(reason);
      yield Uint8Array.of(1);
    })();

    const saving = storage.save('a.bin', source, { signal: controller.signal });

    await expect(saving).rejects.toBe(reason);
    expect(await names(storage)).toEqual([]);
    expect(await openUploads(bucket)).toEqual([]);
  });

  it('when the server is gone before the end and comes back', async () => {
    const proxy = await tcpProxy(inject('s3Server').endpoint);
    const client = { maxAttempts: 1 };
    const storage = createStorage({ bucket, multipart, endpoint: proxy.url, client });
    await storage.ready();
    const source = (async function* () {
      yield* streamed(large);
      proxy.loseAnswers(1);
      yield large;
    })();

    const saving = storage.save('a.bin', source, { ifExists: 'error' });

    await expect(saving).rejects.toThrow(/^Cannot save "a\.bin": .* gave no answer/);
    expect(await names(storage)).toEqual([]);
    expect(await openUploads(bucket)).toEqual([]);
  });

  it('when its writer gives up', async () => {
    const storage = createStorage({ bucket, multipart });
    const writer = storage.createWriteStream('a.bin').getWriter();
    await writer.write(large);
    await expect.poll(async () => openUploads(bucket)).toHaveLength(1);

    await writer.abort(new Error('the user left'));

    await expect.poll(async () => openUploads(bucket)).toEqual([]);
    expect(await names(storage)).toEqual([]);
  });

  it('when it is compressed, and its source fails', async () => {
    const gzip = { gzip: true, gzipTypes: ['application/octet-stream'] };
    const storage = createStorage({ bucket, multipart, ...gzip });
    const error = new Error('the disk is gone');
    const blob = Object.assign(new Blob([large]), { stream: () => failing(error) });

    await expect(storage.save('a.bin', blob)).rejects.toBe(error);

    expect(await names(storage)).toEqual([]);
    expect(await openUploads(bucket)).toEqual([]);
  });

  it('when the name is taken', async () => {
    const storage = createStorage({ bucket, multipart });
    await storage.save('a.bin', 'first');

    const saving = storage.save('a.bin', large, { ifExists: 'error' });

    await expect(saving).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(await textOf(storage, 'a.bin')).toBe('first');
    expect(await openUploads(bucket)).toEqual([]);
  });
});

describe('what the server cannot finish leaves nothing, not even parts:', () => {
  /** "Error responses" of the S3 API Reference: AWS may give them at any time, this server does not. */
  const broken: Answer = {
    status: 500,
    body: '<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message></Error>',
  };
  /** "CompleteMultipartUpload": the status is sent before the work is done. */
  const late: Answer = { ...broken, status: 200 };
  const isPart: Asked = ({ method, url = '' }) => method === 'PUT' && url.includes('partNumber=2');
  const isEnd: Asked = ({ method, url = '' }) => method === 'POST' && url.includes('uploadId=');

  it.each<[what: string, asked: Asked, answer: Answer]>([
    ['a part', isPart, broken],
    ['the end', isEnd, broken],
    ['the end, with a status that says it is', isEnd, late],
  ])('%s of an upload', async (_what, asked, answer) => {
    const url = await answeringServer((one) => (asked(one) ? answer : undefined), endpoint);
    const client = { maxAttempts: 1 };
    const storage = createStorage({ bucket, multipart, endpoint: url, client });

    const error = await failure(storage.save('a.bin', large, { ifExists: 'overwrite' }));

    expect(error.message).toMatch(/^Cannot save "a\.bin": the server answered InternalError/);
    expect(await names(storage)).toEqual([]);
    expect(await openUploads(bucket)).toEqual([]);
  });

  it.each<[what: string, asked: Asked, answer: Answer]>([
    ['a part', isPart, broken],
    ['the end', isEnd, broken],
    ['the end, with a status that says it is', isEnd, late],
  ])('%s of a copy in parts', async (_what, asked, answer) => {
    const url = await answeringServer((one) => (asked(one) ? answer : undefined), endpoint);
    const options = { bucket, endpoint: url, client: { maxAttempts: 1 } };
    const limits = { copy: 5 * mebibyte, copyPart: 5 * mebibyte };
    const storage = createStorage(options, { limits });
    await storage.save('from.bin', large, { ifExists: 'overwrite' });

    const error = await failure(storage.copy('from.bin', 'to.bin', { overwrite: true }));

    expect(error.message).toMatch(/^Cannot copy "from\.bin": the server answered InternalError/);
    expect(await names(storage)).toEqual(['from.bin']);
    expect(await openUploads(bucket)).toEqual([]);
  });
});

/** Gives more than a part, then fails. */
function failing(error: Error): ReadableStream<Uint8Array> {
  let position = 0;
  return new ReadableStream({
    pull(controller) {
      if (position >= large.byteLength) throw error;
      controller.enqueue(large.subarray(position, (position += mebibyte)));
    },
  });
}

type Asked = (request: Parameters<Answering>[0]) => boolean;
