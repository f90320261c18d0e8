import { FileNotFoundError, StorageError, type UploadStep } from '@filefield/core';
import { probe, type S3Storage } from '@filefield/s3';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { grantOther } from './grant-other.ts';
import { granted, sent, sentForm } from './sent-upload.ts';
import { createBucket, createStorage, openUploads, pattern, streamed, textOf } from './support.ts';

const { other } = inject('s3Server');
const [bucket, archive, foreign] = [
  await createBucket(),
  await createBucket(),
  await createBucket(),
];

describe.runIf(other)('a user who is allowed what the IAM policy of the storages says', () => {
  const credentials = other ?? { accessKeyId: '', secretAccessKey: '' };
  const allowed = createStorage({ bucket, prefix: 'media/', credentials });
  const second = createStorage({ bucket: archive, prefix: '', credentials });
  const outside = createStorage({ bucket, prefix: 'secrets/', credentials });
  const owned = createStorage({ bucket, prefix: 'secrets/' });
  const elsewhere = createStorage({ bucket: foreign, prefix: '', credentials });

  beforeAll(async () => {
    await grantOther([allowed, second], { probe: true });
    await owned.save('a.txt', 'a secret');
  });

  it('finds out what the server can do', async () => {
    await expect(allowed.ready()).resolves.toBeUndefined();
  });

  it('saves, reads, copies, lists and deletes', async () => {
    await allowed.save('a/b.txt', 'Hello, world');
    await allowed.copy('a/b.txt', 'a/c.txt');
    await allowed.move('a/c.txt', 'a/d.txt');
    const text = await new Response(await allowed.open('a/b.txt')).text();
    const { files } = await allowed.list('a');
    const { size } = await allowed.stat('a/d.txt');
    await allowed.deleteMany(['a/b.txt', 'a/d.txt']);

    expect(text).toBe('Hello, world');
    expect(files.map(({ name }) => name)).toEqual(['a/b.txt', 'a/d.txt']);
    expect(size).toBe(12);
    expect(await allowed.exists('a/b.txt')).toBe(false);
  });

  it('finds that a file is missing', async () => {
    const missing = allowed.open('missing.txt');

    await expect(missing).rejects.toThrow(FileNotFoundError);
    await expect(allowed.copy('missing.txt', 'b.txt')).rejects.toThrow(FileNotFoundError);
    await expect(allowed.delete('missing.txt')).resolves.toBeUndefined();
  });

  it('writes large objects, and reclaims what is left of them', async () => {
    const bytes = pattern(12 * 1024 * 1024);
    const cut = streamed(bytes.subarray(0, 6 * 1024 * 1024));
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield* cut;
      throw new Error('cut');
    };

    const { size } = await allowed.save('large.bin', streamed(bytes));
    await allowed.save('broken.bin', broken()).catch(() => undefined);
    await allowed.reclaim(['large.bin', 'broken.bin']);

    expect(size).toBe(bytes.byteLength);
    expect(await allowed.exists('large.bin')).toBe(false);
    expect(await openUploads(bucket)).toEqual([]);
  });

  it('copies large objects, and from one bucket to the other', async () => {
    const limits = { copy: 5 * 1024 * 1024, copyPart: 5 * 1024 * 1024 };
    const from = createStorage({ bucket, prefix: 'media/', credentials }, { limits });
    const to = createStorage({ bucket: archive, prefix: '', credentials }, { limits });
    const { size } = await from.save('from.bin', pattern(6 * 1024 * 1024));

    await from.copy('from.bin', 'to.bin');
    await to.copyFrom(from, 'from.bin', 'to.bin');

    expect([await from.size('to.bin'), await to.size('to.bin')]).toEqual([size, size]);
  });

  it('writes streams, walks, and reads what is compressed', async () => {
    const storage = createStorage({ bucket, prefix: 'media/more', credentials, gzip: true });

    await new Blob(['a {}'])
      .stream()
      .pipeTo(storage.createWriteStream('a.css', { ifExists: 'error' }));

    const found = await Array.fromAsync(storage.walk(), ({ name }) => name);
    expect(found).toEqual(['a.css']);
    expect(await textOf(storage, 'a.css', { start: 2 })).toBe('{}');
  });

  it('uses each of the buckets, and copies from one to the other', async () => {
    await second.save('a.txt', 'Hello, world');

    await allowed.copyFrom(second, 'a.txt', 'from second.txt');

    expect(await allowed.exists('from second.txt')).toBe(true);
  });

  it('probes the bucket', async () => {
    const { findings } = await probe(allowed);

    // Ceph 16 tells these to the owner only, whatever the policy says.
    const untold = new Set(['public access', 'encryption']);
    const denied = findings.filter(({ message }) => message.includes('access is denied'));
    expect(findings[0]).toMatchObject({ subject: 'bucket', state: 'good' });
    expect(denied.filter(({ subject }) => !untold.has(subject))).toEqual([]);
  });

  it.each<[what: string, step: UploadStep]>([
    ['a form', { kind: 'form' }],
    ['a PUT', { kind: 'put' }],
  ])('lets browsers upload: %s', async (_what, step) => {
    const grant = granted({ size: 5 });
    const request = await allowed.createUpload(grant, step);

    const { ok } = await (request.fields ? sentForm(request, 'hello') : sent(request, 'hello'));

    expect(ok).toBe(true);
    expect(await textOf(allowed, grant.name)).toBe('hello');
  });

  it('lets browsers upload in parts, and take that back', async () => {
    const grant = granted({ size: 5 });
    const begin = await sent(await allowed.createUpload(grant, { kind: 'begin' }));
    const [, uploadId = ''] = /<UploadId>([^<]+)/.exec(await begin.text()) ?? [];
    const part = { kind: 'part', uploadId, partNumber: 1 } as const;

    const put = await sent(await allowed.createUpload(grant, part), 'hello');
    const list = await sent(await allowed.createUpload(grant, { kind: 'parts', uploadId }));
    const complete = allowed.createUpload(grant, { kind: 'complete', uploadId });
    const abort = await sent(await allowed.createUpload(grant, { kind: 'abort', uploadId }));

    expect([put.status, list.status, abort.status]).toEqual([200, 200, 204]);
    await expect(complete).resolves.toMatchObject({ method: 'POST' });
  });

  it('lets browsers upload nothing outside of the prefix', async () => {
    const grant = granted({ size: 5 });

    const answer = await sentForm(await outside.createUpload(grant), 'hello');

    expect(answer.status).toBe(403);
    expect(await owned.exists(grant.name)).toBe(false);
  });

  it('gives URLs that work', async () => {
    await allowed.save('url.txt', 'Hello, world', { ifExists: 'overwrite' });

    expect((await fetch(allowed.url('url.txt'))).status).toBe(200);
  });

  it.each<[what: string, act: (storage: S3Storage) => Promise<unknown>]>([
    ['read', async (storage) => await storage.open('a.txt')],
    ['ask about', async (storage) => await storage.stat('a.txt')],
    ['write', async (storage) => await storage.save('b.txt', 'x')],
    ['delete', async (storage) => await storage.delete('a.txt')],
    ['list', async (storage) => await storage.list()],
    ['walk', async (storage) => await Array.fromAsync(storage.walk())],
    ['take a copy', async (storage) => await allowed.copyFrom(storage, 'a.txt', 'b.txt')],
    ['copy', async (storage) => await storage.copy('a.txt', 'b.txt')],
  ])('cannot %s outside of the prefix or the bucket', async (_what, act) => {
    await expect(act(outside)).rejects.toThrow(StorageError);
    await expect(act(elsewhere)).rejects.toThrow(StorageError);
    expect(await owned.exists('a.txt')).toBe(true);
  });

  it('cannot reclaim outside of the prefix or the bucket', async () => {
    await expect(outside.reclaim(['a.txt'])).rejects.toThrow('Cannot reclaim 1 files');
    await expect(elsewhere.reclaim(['a.txt'])).rejects.toThrow('Cannot reclaim 1 files');
    expect(await owned.exists('a.txt')).toBe(true);
  });

  it('gives URLs outside of the prefix that do not work', async () => {
    expect((await fetch(outside.url('a.txt'))).status).toBe(403);
  });
});
