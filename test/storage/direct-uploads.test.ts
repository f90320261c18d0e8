import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  defineStorages,
  FileExistsError,
  FileSystemStorage,
  StorageOptionsError,
  UploadRejectedError,
  type FileSystemStorageOptions,
  type UploadGrant,
  type UploadReceiver,
  type UploadStep,
} from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { DiskLocation } from '../../packages/core/src/file-system/disk-location.ts';
import { PartsOnDisk } from '../../packages/core/src/file-system/parts-on-disk.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const script = fileURLToPath(new URL('./disk-writer.ts', import.meta.url));
const key = 'k'.repeat(32);
const name = 'incoming/4f9d/photo.png';
const grant: UploadGrant = { name, type: 'image/png', maxSize: 1000, expiresIn: 60 };

interface Site {
  readonly root: string;
  readonly storage: FileSystemStorage;
  readonly uploads: UploadReceiver;
}

async function createSite(options: Partial<FileSystemStorageOptions> = {}): Promise<Site> {
  const root = join(await temporaryDirectory(), 'media');
  const storage = new FileSystemStorage({
    location: root,
    uploadUrl: '/uploads',
    keys: [key],
    ...options,
  });
  return { root, storage, uploads: storage.uploads! };
}

/** Bytes in chunks that arrive one after the other. */
async function* bytes(text: string, chunk = 100): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < text.length; start += chunk) {
    await Promise.resolve();
    yield Buffer.from(text.slice(start, start + chunk));
  }
}

/** A sender that goes away in the middle. */
async function* broken(): AsyncGenerator<Uint8Array> {
  yield* bytes('x'.repeat(300));
  throw new Error('the client went away');
}

/** A sender whose object is reclaimed in the middle. */
async function* reclaiming(storage: FileSystemStorage): AsyncGenerator<Uint8Array> {
  yield* bytes('x'.repeat(300));
  await storage.reclaim([name]);
  yield* bytes('x'.repeat(300));
}

async function text(storage: FileSystemStorage): Promise<string> {
  return await new Response(await storage.open(name)).text();
}

/** What lies in the location, unfinished files included. */
async function left(root: string): Promise<string[]> {
  const found = await readdir(root, { recursive: true });
  return found.filter((path) => path !== '.filefield' && path !== join('.filefield', 'tmp'));
}

async function upload(uploads: UploadReceiver, ...parts: readonly string[]): Promise<string> {
  const uploadId = await uploads.begin(grant);
  for (const [index, part] of parts.entries()) {
    await uploads.putPart(grant, { uploadId, partNumber: index + 1 }, bytes(part));
  }
  return uploadId;
}

function tokenOf(url: string): string {
  return new URL(url, 'https://site.test').searchParams.get('grant') ?? '';
}

describe('a signed step of an upload to the disk', () => {
  it('is a form with its name and type', async () => {
    const { storage } = await createSite();

    const request = await storage.createUpload(grant);

    expect(request).toEqual({
      method: 'POST',
      url: expect.stringMatching(/^\/uploads\?grant=[\w.-]+$/),
      headers: {},
      fields: { key: name, 'Content-Type': 'image/png' },
    });
  });

  it.each<[UploadStep, string, object]>([
    [{ kind: 'put' }, 'PUT', { 'Content-Type': 'image/png' }],
    [{ kind: 'begin' }, 'POST', { 'Content-Type': 'image/png' }],
    [{ kind: 'part', uploadId: 'u', partNumber: 2 }, 'PUT', {}],
    [{ kind: 'parts', uploadId: 'u' }, 'GET', {}],
    [{ kind: 'complete', uploadId: 'u' }, 'POST', {}],
    [{ kind: 'abort', uploadId: 'u' }, 'DELETE', {}],
  ])('%j is a %s', async (step, method, headers) => {
    const { storage, uploads } = await createSite();

    const request = await storage.createUpload(grant, step);

    expect(request).toMatchObject({ method, headers });
    expect(uploads.read(tokenOf(request.url))).toEqual({ ...grant, step });
  });

  it('is read with any of the keys, and signed with the first', async () => {
    const { storage, root } = await createSite();
    const rotated = new FileSystemStorage({
      location: root,
      uploadUrl: '/uploads',
      keys: ['n'.repeat(32), key],
    });

    const old = tokenOf((await storage.createUpload(grant)).url);
    const fresh = tokenOf((await rotated.createUpload(grant)).url);

    expect(rotated.uploads?.read(old)).toMatchObject({ name });
    expect(storage.uploads?.read(fresh)).toBe('forged');
  });

  it('is nothing to another storage with the same key', async () => {
    const location = await temporaryDirectory();
    const create = (): FileSystemStorage =>
      new FileSystemStorage({ location, uploadUrl: '/uploads', keys: [key] });
    const storages = defineStorages({ one: create, two: create });

    const token = tokenOf((await storages.get('one').createUpload(grant)).url);

    expect(storages.get('one').uploads?.read(token)).toMatchObject({ name });
    expect(storages.get('two').uploads?.read(token)).toBe('forged');
  });

  it.each<[string, (token: string) => string]>([
    ['nothing', () => ''],
    ['a changed letter', (token) => token.replace(/^./, 'f')],
    ['a changed signature', (token) => `${token.slice(0, -2)}AA`],
    ['another spelling of the signature', (token) => `${token}=`],
    ['no signature', (token) => token.replace(/\..*/, '.')],
    ['two signatures', (token) => `${token}.${token}`],
    ['a text without end', () => 'x'.repeat(100_000)],
  ])('is forged with %s', async (_, forge) => {
    const { storage, uploads } = await createSite();
    const token = tokenOf((await storage.createUpload(grant)).url);

    expect(uploads.read(forge(token))).toBe('forged');
  });

  it('expires', async () => {
    const { storage, uploads } = await createSite();
    const { url } = await storage.createUpload({ ...grant, expiresIn: 1 });

    await wait(1100);

    expect(uploads.read(tokenOf(url))).toBe('expired');
  });

  it.each<[string, Partial<FileSystemStorageOptions>]>([
    ['a relative uploadUrl', { uploadUrl: 'uploads' }],
    ['an uploadUrl of another scheme', { uploadUrl: 'javascript:alert(1)' }],
    ['an uploadUrl that could be another host', { uploadUrl: '//evil.test/' }],
    ['an uploadUrl with a query', { uploadUrl: '/uploads?a=1' }],
    ['an uploadUrl without keys', { keys: [] }],
  ])('does not start with %s', async (_, options) => {
    await expect(createSite(options)).rejects.toThrow(StorageOptionsError);
  });

  it('is for no more parts than S3 would take of so many bytes, and one', async () => {
    const { storage } = await createSite();
    const sign = async (partNumber: number): Promise<unknown> =>
      await storage.createUpload(grant, { kind: 'part', uploadId: 'u', partNumber });

    await expect(sign(2)).resolves.toMatchObject({ method: 'PUT' });
    await expect(sign(3)).rejects.toMatchObject({ code: 'UPLOAD_REJECTED', reason: 'size' });
  });

  it('says what is missing where there is no uploadUrl', async () => {
    const storage = new FileSystemStorage({ location: await temporaryDirectory(), keys: [key] });

    await expect(storage.createUpload(grant)).rejects.toThrow(
      'Cannot create a direct upload: it has no uploadUrl',
    );
    expect(storage.uploads).toBeUndefined();
  });
});

describe('a whole upload to the disk', () => {
  it('is there under its name when it is complete', async () => {
    const { storage, uploads, root } = await createSite();

    await uploads.put(grant, bytes('x'.repeat(1000)));

    expect(await text(storage)).toBe('x'.repeat(1000));
    expect(await left(root)).toEqual(['incoming', 'incoming/4f9d', name]);
  });

  it.each<[string, Partial<UploadGrant>, string, string]>([
    ['one byte over maxSize', {}, 'x'.repeat(1001), 'size'],
    ['one byte over its size', { size: 10 }, 'x'.repeat(11), 'size'],
    ['one byte short', { size: 10 }, 'x'.repeat(9), 'size'],
    ['nothing where a size is announced', { size: 1 }, '', 'size'],
    ['other bytes than announced', { sha256: 'a'.repeat(64) }, 'xyz', 'changed'],
  ])('is refused with %s, and nothing stays', async (_, changes, sent, reason) => {
    const { uploads, root } = await createSite();

    await expect(uploads.put({ ...grant, ...changes }, bytes(sent))).rejects.toMatchObject({
      code: 'UPLOAD_REJECTED',
      reason,
    });
    expect(await left(root)).toEqual([]);
  });

  it('is kept with the announced bytes', async () => {
    const { storage, uploads } = await createSite();
    const sha256 = createHash('sha256').update('xyz').digest('hex');

    await uploads.put({ ...grant, size: 3, sha256 }, bytes('xyz'));

    expect(await text(storage)).toBe('xyz');
  });

  it('may be empty', async () => {
    const { storage, uploads } = await createSite();

    await uploads.put({ ...grant, maxSize: 0 }, bytes(''));

    expect(await storage.size(name)).toBe(0);
  });

  it('stops reading at the first byte too many', async () => {
    const { uploads } = await createSite();
    const source = bytes('x'.repeat(100_000));

    await expect(uploads.put(grant, source)).rejects.toThrow('the file is over the limit of 1 kB');

    expect(await source.next()).toEqual({ done: true, value: undefined });
  });

  it('leaves nothing when its sender goes away', async () => {
    const { uploads, root } = await createSite();

    await expect(uploads.put(grant, broken())).rejects.toThrow('the client went away');

    expect(await left(root)).toEqual([]);
  });

  it('fails when its name is reclaimed while it arrives, and leaves nothing', async () => {
    const { storage, uploads, root } = await createSite();

    await expect(uploads.put(grant, reclaiming(storage))).rejects.toMatchObject({
      code: 'UPLOAD_REJECTED',
      reason: 'missing',
    });

    expect(await left(root)).not.toContain(name);
    expect(await Array.fromAsync(storage.unfinished())).toEqual([]);
  });

  it('is refused the second time', async () => {
    const { storage, uploads, root } = await createSite();
    await uploads.put(grant, bytes('first'));

    await expect(uploads.put(grant, bytes('second'))).rejects.toThrow(FileExistsError);

    expect(await text(storage)).toBe('first');
    expect(await left(root)).toHaveLength(3);
  });

  it('is one of twenty at once', async () => {
    const { storage, uploads, root } = await createSite();
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(100));

    const ends = await Promise.allSettled(texts.map((sent) => uploads.put(grant, bytes(sent))));

    const won = ends.findIndex(({ status }) => status === 'fulfilled');
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await text(storage)).toBe(texts[won]);
    expect(await left(root)).toHaveLength(3);
  });
});

describe('an upload in parts to the disk', () => {
  it('becomes the object when it is completed', async () => {
    const { storage, uploads, root } = await createSite();
    const uploadId = await upload(uploads, 'one ', 'two ', 'three');
    const parts = await uploads.parts(grant, uploadId);

    await uploads.complete(grant, uploadId, parts);

    expect(parts.map(({ partNumber, size }) => [partNumber, size])).toEqual([
      [1, 4],
      [2, 4],
      [3, 5],
    ]);
    expect(await text(storage)).toBe('one two three');
    expect(await left(root)).toEqual(['incoming', 'incoming/4f9d', name]);
  });

  it('takes parts in any order, and lists them by number', async () => {
    const { storage, uploads } = await createSite();
    const uploadId = await uploads.begin(grant);
    const numbers = [10, 9, 2, 1];

    await Promise.all(
      numbers.map((partNumber) =>
        uploads.putPart(grant, { uploadId, partNumber }, bytes(`${partNumber} `)),
      ),
    );
    const parts = await uploads.parts(grant, uploadId);
    await uploads.complete(grant, uploadId, parts);

    expect(parts.map(({ partNumber }) => partNumber)).toEqual([1, 2, 9, 10]);
    expect(await text(storage)).toBe('1 2 9 10 ');
  });

  it('keeps the last of a part that is sent again', async () => {
    const { storage, uploads } = await createSite();
    const uploadId = await upload(uploads, 'x'.repeat(900));

    await uploads.putPart(grant, { uploadId, partNumber: 1 }, bytes('again'));
    await uploads.complete(grant, uploadId, await uploads.parts(grant, uploadId));

    expect(await text(storage)).toBe('again');
  });

  it('holds one whole part of many that are sent at once under one number', async () => {
    const { storage, uploads } = await createSite();
    const uploadId = await uploads.begin(grant);
    const texts = Array.from({ length: 10 }, (_, index) => String(index).repeat(50));

    const sent = await Promise.all(
      texts.map((part) => uploads.putPart(grant, { uploadId, partNumber: 1 }, bytes(part, 7))),
    );
    const [kept, ...others] = await uploads.parts(grant, uploadId);
    await uploads.complete(grant, uploadId, [kept!]);

    expect(others).toEqual([]);
    expect(await text(storage)).toBe(texts[sent.findIndex(({ etag }) => etag === kept?.etag)]);
  });

  it('answers the same ETag for the same bytes', async () => {
    const { uploads } = await createSite();
    const uploadId = await uploads.begin(grant);

    const first = await uploads.putPart(grant, { uploadId, partNumber: 1 }, bytes('same'));
    const second = await uploads.putPart(grant, { uploadId, partNumber: 1 }, bytes('same'));

    expect(second).toEqual(first);
  });

  it.each<[string, (parts: { partNumber: number; etag: string }[]) => unknown[]]>([
    ['another ETag', ([one, two]) => [one, { ...two, etag: one?.etag }]],
    ['a part that never arrived', ([one, two]) => [one, two, { partNumber: 3, etag: 'x' }]],
    ['parts in another order', ([one, two]) => [two, one]],
    ['a part twice', ([one]) => [one, one]],
    ['no parts', () => []],
    ['no ETag', ([one]) => [{ partNumber: one?.partNumber }]],
  ])('is not completed with %s, and can be afterwards', async (_, choose) => {
    const { storage, uploads } = await createSite();
    const uploadId = await upload(uploads, 'one ', 'two');
    const parts = await uploads.parts(grant, uploadId);

    const wrong = choose(parts) as { partNumber: number; etag: string }[];
    await expect(uploads.complete(grant, uploadId, wrong)).rejects.toMatchObject({
      reason: 'changed',
    });
    await uploads.complete(grant, uploadId, parts);

    expect(await text(storage)).toBe('one two');
  });

  it('is not completed with fewer bytes than announced', async () => {
    const { storage, uploads } = await createSite();
    const uploadId = await upload(uploads, 'one ', 'two');
    const [one] = await uploads.parts(grant, uploadId);

    await expect(uploads.complete({ ...grant, size: 7 }, uploadId, [one!])).rejects.toMatchObject({
      reason: 'size',
    });
    expect(await storage.exists(name)).toBe(false);
  });

  it('is not completed with other bytes than announced', async () => {
    const { storage, uploads } = await createSite();
    const uploadId = await upload(uploads, 'one ', 'two');
    const sha256 = createHash('sha256').update('one too').digest('hex');

    await expect(
      uploads.complete({ ...grant, sha256 }, uploadId, await uploads.parts(grant, uploadId)),
    ).rejects.toMatchObject({ reason: 'changed' });
    expect(await storage.exists(name)).toBe(false);
  });

  it('refuses the part that makes it too large, whatever arrived before stays', async () => {
    const { uploads } = await createSite();
    const uploadId = await upload(uploads, 'x'.repeat(600));
    const source = bytes('x'.repeat(100_000));

    await expect(uploads.putPart(grant, { uploadId, partNumber: 2 }, source)).rejects.toMatchObject(
      { reason: 'size' },
    );
    expect(await source.next()).toEqual({ done: true, value: undefined });
    expect(await uploads.parts(grant, uploadId)).toHaveLength(1);
  });

  it('never holds more than was granted, also when parts arrive at once', async () => {
    const { uploads } = await createSite();
    const uploadId = await uploads.begin(grant);
    const numbers = Array.from({ length: 10 }, (_, index) => index + 1);

    await Promise.allSettled(
      numbers.map((partNumber) =>
        uploads.putPart(grant, { uploadId, partNumber }, bytes('x'.repeat(300))),
      ),
    );
    const parts = await uploads.parts(grant, uploadId);

    expect(parts.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(1000);
  });

  it('is completed once of five times at once', async () => {
    const { storage, uploads, root } = await createSite();
    const uploadId = await upload(uploads, 'x'.repeat(500), 'y'.repeat(500));
    const parts = await uploads.parts(grant, uploadId);

    const ends = await Promise.allSettled(
      Array.from({ length: 5 }, () => uploads.complete(grant, uploadId, parts)),
    );

    const lost = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []));
    expect(lost).toEqual(Array.from({ length: 4 }, () => 'FILE_EXISTS'));
    expect(await text(storage)).toBe('x'.repeat(500) + 'y'.repeat(500));
    expect(await left(root)).toHaveLength(3);
  });

  it('is refused where the object is there already', async () => {
    const { uploads } = await createSite();
    const uploadId = await upload(uploads, 'parts');
    await uploads.put(grant, bytes('whole'));

    await expect(uploads.begin(grant)).rejects.toThrow(FileExistsError);
    await expect(
      uploads.complete(grant, uploadId, await uploads.parts(grant, uploadId)),
    ).rejects.toThrow(FileExistsError);
  });

  it('leaves nothing when it is aborted, and abort may come again', async () => {
    const { uploads, root } = await createSite();
    const uploadId = await upload(uploads, 'one', 'two');

    await uploads.abort(grant, uploadId);
    await uploads.abort(grant, uploadId);

    expect(await left(root)).toEqual([]);
    await expect(uploads.parts(grant, uploadId)).rejects.toMatchObject({ reason: 'missing' });
  });

  it('leaves nothing when it is aborted while a part arrives', async () => {
    const { uploads, root } = await createSite();
    const uploadId = await upload(uploads, 'one');
    const arriving = async function* (): AsyncGenerator<Uint8Array> {
      yield* bytes('x'.repeat(300));
      await uploads.abort(grant, uploadId);
      yield* bytes('x'.repeat(300));
    };

    await expect(
      uploads.putPart(grant, { uploadId, partNumber: 2 }, arriving()),
    ).rejects.toMatchObject({ reason: 'missing' });
    expect(await left(root)).toEqual([]);
  });

  it('is missing to a part that arrives while its name is reclaimed', async () => {
    const { storage, uploads, root } = await createSite();
    const uploadId = await upload(uploads, 'one');

    await expect(
      uploads.putPart(grant, { uploadId, partNumber: 2 }, reclaiming(storage)),
    ).rejects.toMatchObject({ reason: 'missing' });
    expect(await left(root)).toEqual([]);
  });

  it('stops to be put together at a part that is another by now', async () => {
    const { uploads, root } = await createSite();
    const uploadId = await upload(uploads, 'one', 'two', 'three');
    const parts = new PartsOnDisk(new DiskLocation(root), name);

    const reading = parts.read(uploadId, await uploads.parts(grant, uploadId));
    await reading.next();
    await uploads.putPart(grant, { uploadId, partNumber: 1 }, bytes('other'));
    await uploads.putPart(grant, { uploadId, partNumber: 3 }, bytes('other'));

    expect(await reading.next()).toMatchObject({ value: Buffer.from('two') });
    await expect(reading.next()).rejects.toMatchObject({ reason: 'changed' });
  });

  it('leaves only its other parts when a sender goes away', async () => {
    const { uploads } = await createSite();
    const uploadId = await upload(uploads, 'one');

    await expect(uploads.putPart(grant, { uploadId, partNumber: 2 }, broken())).rejects.toThrow(
      'the client went away',
    );

    expect(await uploads.parts(grant, uploadId)).toHaveLength(1);
  });

  it.each([
    ['that nobody began', '00000000-0000-4000-8000-000000000000'],
    ['whose id is a path', '../../../incoming/4f9d'],
    ['without id', ''],
  ])('%s is missing to every step but abort', async (_, uploadId) => {
    const { uploads, root } = await createSite();
    const missing = { reason: 'missing' };

    await expect(uploads.parts(grant, uploadId)).rejects.toMatchObject(missing);
    await expect(uploads.complete(grant, uploadId, [])).rejects.toMatchObject(missing);
    await expect(
      uploads.putPart(grant, { uploadId, partNumber: 1 }, bytes('x')),
    ).rejects.toMatchObject(missing);
    await uploads.abort(grant, uploadId);
    expect(await left(root)).toEqual([]);
  });

  it('is nothing to a grant of another object', async () => {
    const { uploads } = await createSite();
    const uploadId = await upload(uploads, 'one');

    await expect(
      uploads.parts({ ...grant, name: 'incoming/other' }, uploadId),
    ).rejects.toMatchObject({ reason: 'missing' });
  });

  it('may begin ten times, not more', async () => {
    const { uploads } = await createSite();
    await Promise.all(Array.from({ length: 10 }, async () => uploads.begin(grant)));

    await expect(uploads.begin(grant)).rejects.toThrow(UploadRejectedError);
  });

  it('is an unfinished write, which reclaim() of its name removes', async () => {
    const { storage, uploads, root } = await createSite();
    await upload(uploads, 'one');

    const unfinished = await Array.fromAsync(storage.unfinished());
    await storage.reclaim([name]);

    expect(unfinished).toHaveLength(1);
    expect(await left(root)).toEqual([]);
  });
});

describe('a process that is killed while an upload arrives', () => {
  it.each(['put', 'part'])('as a %s leaves only what reclaim() removes', async (kind) => {
    const { storage, root } = await createSite();
    const child = spawn(process.execPath, [script, root, 'upload', kind], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');

    const unfinished = await Array.fromAsync(storage.unfinished());
    await storage.reclaim(['incoming/a.bin']);

    expect(unfinished).toHaveLength(1);
    expect(await storage.exists('incoming/a.bin')).toBe(false);
    expect(await left(root)).toEqual([]);
  });
});
