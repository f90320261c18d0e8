import { beforeAll, describe, expect, inject, it } from 'vitest';
import { answeringServer } from '../support/answering-server.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import {
  createBucket,
  createStorage,
  headOf,
  names,
  openUploads,
  pattern,
  requestsOf,
  sha256,
  streamed,
  textOf,
} from './support.ts';

const mebibyte = 1024 * 1024;
const bucket = await createBucket();
const large = pattern(17 * mebibyte + 5);
const multipart = { partSize: 5 * mebibyte, threshold: 5 * mebibyte, concurrency: 2 };

beforeAll(async () => createStorage({ bucket, prefix: '' }).ready());

describe('a file that is written to S3', () => {
  it('takes one request where it is small', async () => {
    const storage = createStorage({ bucket });
    await storage.ready();
    const requests = requestsOf(storage);

    await storage.save('a.txt', 'small');

    expect(requests).toEqual(['PutObject']);
  });

  it('takes one request where it is small and nobody knows how long it is', async () => {
    const storage = createStorage({ bucket });
    await storage.ready();
    const requests = requestsOf(storage);

    const stored = await storage.save('a.bin', streamed(pattern(1_000_000)), { ifExists: 'error' });

    expect(requests).toEqual(['PutObject']);
    expect(stored.size).toBe(1_000_000);
    expect(await sha256(await storage.open('a.bin'))).toBe(stored.sha256);
  });

  it('may have no bytes', async () => {
    const storage = createStorage({ bucket });

    await storage.save('known.bin', new Uint8Array());
    await storage.save('unknown.bin', streamed(new Uint8Array()), { ifExists: 'error' });

    expect(await textOf(storage, 'known.bin')).toBe('');
    expect(await storage.size('unknown.bin')).toBe(0);
  });

  it.each([
    { what: 'of known size', source: () => large },
    { what: 'of unknown size', source: () => streamed(large) },
  ])('is written in parts where it is large and $what', async ({ source }) => {
    const storage = createStorage({ bucket, multipart });
    await storage.ready();
    const requests = requestsOf(storage);

    const stored = await storage.save('large.bin', source(), { ifExists: 'overwrite' });

    expect(requests.filter((request) => request === 'UploadPart')).toHaveLength(4);
    expect(requests.at(0)).toBe('CreateMultipartUpload');
    expect(requests.at(-1)).toBe('CompleteMultipartUpload');
    expect(stored).toMatchObject({ name: 'large.bin', size: large.byteLength });
    expect(stored.sha256).toBe(await sha256(large));
    expect(await sha256(await storage.open('large.bin'))).toBe(stored.sha256);
  });

  it('has as many parts under way at once as the options say', async () => {
    const storage = createStorage({ bucket, multipart });
    let underWay = 0;
    const counts: number[] = [];
    storage.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const weight = Number(commandName === 'UploadPartCommand');
          counts.push((underWay += weight));
          return await next(args).finally(() => (underWay -= weight));
        },
      { step: 'initialize' },
    );

    await storage.save('large.bin', large, { ifExists: 'overwrite' });

    expect(Math.max(...counts)).toBe(multipart.concurrency);
  });

  it('is sent again when the server asks to slow down, which AWS does with SlowDown', async () => {
    const body =
      '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';
    const answers = [{ status: 503, body }];
    const endpoint = await answeringServer(
      ({ method }) => (method === 'PUT' ? answers.pop() : undefined),
      inject('s3Server').endpoint,
    );
    const storage = createStorage({ bucket, multipart, endpoint });
    const bytes = large.subarray(0, 6 * mebibyte);

    await storage.save('large.bin', bytes, { ifExists: 'overwrite' });

    expect(answers).toEqual([]);
    expect(await sha256(await storage.open('large.bin'))).toBe(await sha256(bytes));
  });

  it('has larger parts where the parts would not suffice', async () => {
    const storage = createStorage({ bucket, multipart }, { limits: { parts: 2 } });
    const requests = requestsOf(storage);

    await storage.save('large.bin', large, { ifExists: 'overwrite' });

    expect(requests.filter((request) => request === 'UploadPart')).toHaveLength(2);
    expect(await sha256(await storage.open('large.bin'))).toBe(await sha256(large));
  });

  it('has parts that grow where nobody knows how long it is', async () => {
    const storage = createStorage({ bucket, multipart }, { limits: { parts: 2 } });
    const bytes = large.subarray(0, 15 * mebibyte);

    await storage.save('grown.bin', streamed(bytes), { ifExists: 'error' });

    expect(await sha256(await storage.open('grown.bin'))).toBe(await sha256(bytes));
    expect((await headOf(storage, 'grown.bin')).ETag).toMatch(/-2"$/);
  });

  it('fails where it is larger than all parts together', async () => {
    const storage = createStorage({ bucket, multipart }, { limits: { parts: 2 } });

    const saving = storage.save('grown.bin', streamed(large), { ifExists: 'error' });

    await expect(saving).rejects.toThrow('the object is larger than the server takes');
    expect(await names(storage)).toEqual([]);
    expect(await openUploads(bucket)).toEqual([]);
  });
});

describe('a write whose answer is lost', () => {
  it.each([
    { what: 'one request', bytes: pattern(1000), requests: ['PutObject'] },
    { what: 'parts', bytes: large, requests: ['CompleteMultipartUpload'] },
  ])('of $what is tried again and finds its own object', async ({ bytes, requests }) => {
    const proxy = await tcpProxy(inject('s3Server').endpoint);
    const storage = createStorage({ bucket, multipart, endpoint: proxy.url });
    await storage.ready();
    storage.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (requests.includes(String(commandName).replace('Command', ''))) proxy.loseAnswers(1);
          return await next(args);
        },
      { step: 'initialize' },
    );

    const stored = await storage.save('a.bin', bytes, { ifExists: 'error' });

    expect(stored.name).toBe('a.bin');
    expect(await sha256(await storage.open('a.bin'))).toBe(await sha256(bytes));
    expect(await names(storage)).toEqual(['a.bin']);
    expect(await openUploads(bucket)).toEqual([]);
  });

  it('and is not tried again asks what has become of it', async () => {
    const proxy = await tcpProxy(inject('s3Server').endpoint);
    const client = { maxAttempts: 1 };
    const storage = createStorage({ bucket, endpoint: proxy.url, client });
    await storage.ready();
    proxy.loseAnswers(1);

    const stored = await storage.save('a.txt', 'bytes', { ifExists: 'error' });

    expect(stored.name).toBe('a.txt');
    expect(await textOf(storage, 'a.txt')).toBe('bytes');
  });
});

describe('an object that carries the own upload id', () => {
  it.each([
    { what: 'written in one request', bytes: pattern(1000) },
    { what: 'written in parts', bytes: large },
  ])('is no stranger: $what', async ({ bytes }) => {
    const storage = createStorage({ bucket, multipart });
    const options = { ifExists: 'error', uploadId: 'mine' } as const;
    await storage.save('a.bin', bytes, options);

    const again = await storage.save('a.bin', bytes, options);

    expect(again.name).toBe('a.bin');
    await expect(
      storage.save('a.bin', bytes, { ...options, uploadId: 'other' }),
    ).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect((await headOf(storage, 'a.bin')).Metadata).toMatchObject({ 'filefield-upload': 'mine' });
  });
});

describe('the option overwrite', () => {
  it('replaces objects unless a save says otherwise', async () => {
    const storage = createStorage({ bucket, overwrite: true });
    await storage.save('app.css', 'old');

    const stored = await storage.save('app.css', 'new');

    expect(stored.name).toBe('app.css');
    expect(await textOf(storage, 'app.css')).toBe('new');
    await expect(storage.save('app.css', 'newer', { ifExists: 'error' })).rejects.toMatchObject({
      code: 'FILE_EXISTS',
    });
  });
});
