import { MemoryStorage } from '@filefield/core';
import { describe, expect, inject, it } from 'vitest';
import {
  allowOther,
  createBucket,
  createStorage,
  headOf,
  names,
  onFirst,
  openUploads,
  pattern,
  putBare,
  requestsOf,
  sha256,
  textOf,
} from './support.ts';

const mebibyte = 1024 * 1024;
const bucket = await createBucket();
const other = await createBucket();
const { other: stranger } = inject('s3Server');
const strangers = await createBucket();
await allowOther(strangers);
const large = pattern(12 * mebibyte + 1);
const limits = { copy: 10 * mebibyte, copyPart: 5 * mebibyte };

describe('a copy on S3', () => {
  it('is made by the server', async () => {
    const storage = createStorage({ bucket });
    await storage.save('from.txt', 'bytes');
    const requests = requestsOf(storage);

    await storage.copy('from.txt', 'to dir/tö.txt');

    expect(requests).toContain('CopyObject');
    expect(requests).not.toContain('GetObject');
    expect(await textOf(storage, 'to dir/tö.txt')).toBe('bytes');
  });

  it('keeps the type, the checksum and the headers, and carries its own upload id', async () => {
    const storage = createStorage({
      bucket,
      objectParameters: { CacheControl: 'max-age=60', Metadata: { colour: 'red' } },
    });
    const { sha256: checksum } = await storage.save(
      'from.svg',
      '<svg xmlns="http://www.w3.org/2000/svg"/>',
    );

    await storage.copy('from.svg', 'to.svg', { uploadId: 'mine' });

    expect(await headOf(storage, 'to.svg')).toMatchObject({
      ContentType: 'image/svg+xml',
      ContentDisposition: 'attachment',
      CacheControl: 'max-age=60',
      Metadata: { colour: 'red', 'filefield-sha256': checksum, 'filefield-upload': 'mine' },
    });
    expect(await storage.stat('to.svg')).toMatchObject({ sha256: checksum });
  });

  it('of a large object is made in parts', async () => {
    const storage = createStorage({ bucket }, { limits });
    await storage.save('from.bin', large);
    const requests = requestsOf(storage);

    await storage.copy('from.bin', 'to.bin');

    expect(requests.filter((request) => request === 'UploadPartCopy')).toHaveLength(3);
    expect(await sha256(await storage.open('to.bin'))).toBe(await sha256(large));
    expect(await openUploads(bucket)).toEqual([]);
  });

  it.each([
    { what: 'small', bytes: pattern(1000) },
    { what: 'large', bytes: large },
  ])(
    'replaces nothing unless it may, and is its own when it is tried again: $what',
    async ({ bytes }) => {
      const storage = createStorage({ bucket }, { limits });
      await storage.save('from.bin', bytes);
      await storage.copy('from.bin', 'to.bin', { uploadId: 'mine' });

      await storage.copy('from.bin', 'to.bin', { uploadId: 'mine' });

      const second = storage.copy('from.bin', 'to.bin', { uploadId: 'other' });
      await expect(second).rejects.toMatchObject({ code: 'FILE_EXISTS' });
      await storage.copy('from.bin', 'to.bin', { uploadId: 'other', overwrite: true });
      expect(await openUploads(bucket)).toEqual([]);
    },
  );

  it.each([
    { what: 'small', bytes: pattern(1000), request: 'CopyObjectCommand' },
    { what: 'large', bytes: large, request: 'UploadPartCopyCommand' },
  ])('of what is deleted meanwhile finds nothing: $what', async ({ bytes, request }) => {
    const storage = createStorage({ bucket }, { limits });
    await storage.save('from.bin', bytes);
    storage.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === request) await storage.delete('from.bin');
          return await next(args);
        },
      { step: 'initialize' },
    );

    await expect(storage.copy('from.bin', 'to.bin')).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });

    expect(await names(storage)).toEqual([]);
    expect(await openUploads(bucket)).toEqual([]);
  });

  it('that is aborted leaves nothing', async () => {
    const storage = createStorage({ bucket }, { limits });
    const controller = new AbortController();
    await storage.save('from.bin', large);
    storage.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'UploadPartCopyCommand') controller.abort(new Error('stop'));
          return await next(args);
        },
      { step: 'initialize' },
    );

    const copying = storage.copy('from.bin', 'to.bin', { signal: controller.signal });

    await expect(copying).rejects.toThrow('stop');
    expect(await names(storage)).toEqual(['from.bin']);
    expect(await openUploads(bucket)).toEqual([]);
  });

  it('of a small object is made anew when its origin is replaced meanwhile', async () => {
    const storage = createStorage({ bucket });
    await storage.save('from.bin', pattern(1000));
    const bytes = pattern(2000);
    onFirst(storage, 'CopyObject', async () =>
      storage.save('from.bin', bytes, { ifExists: 'overwrite' }),
    );

    await storage.copy('from.bin', 'to.bin');

    expect(await sha256(await storage.open('to.bin'))).toBe(await sha256(bytes));
    expect((await storage.stat('to.bin')).sha256).toBe(await sha256(bytes));
  });

  it.each([
    { what: 'smaller', bytes: pattern(1000) },
    { what: 'of the same size', bytes: large.toReversed() },
  ])(
    'is no mixture when its origin is replaced meanwhile by one that is $what',
    async ({ bytes }) => {
      const storage = createStorage({ bucket }, { limits });
      await storage.save('from.bin', large);
      let isReplaced = false;
      storage.client.middlewareStack.add(
        (next, { commandName }) =>
          async (args) => {
            if (commandName === 'UploadPartCopyCommand' && !isReplaced) {
              isReplaced = true;
              // After the first part.
              const first = await next(args);
              await storage.save('from.bin', bytes, { ifExists: 'overwrite' });
              return first;
            }
            return await next(args);
          },
        { step: 'initialize' },
      );

      await storage.copy('from.bin', 'to.bin');

      expect(await sha256(await storage.open('to.bin'))).toBe(await sha256(bytes));
      expect(await openUploads(bucket)).toEqual([]);
    },
  );
});

describe('a copy from one storage to another', () => {
  it.each([
    { what: 'small', bytes: pattern(1000), request: 'CopyObject' },
    { what: 'large', bytes: large, request: 'UploadPartCopy' },
  ])('crosses buckets on the server: $what', async ({ bytes, request }) => {
    const origin = createStorage({ bucket });
    const target = createStorage({ bucket: other, prefix: '' }, { limits });
    await origin.save('from.bin', bytes);
    const requests = requestsOf(target);

    await target.copyFrom(origin, 'from.bin', `${request}.bin`);

    expect(requests).toContain(request);
    expect(await sha256(await target.open(`${request}.bin`))).toBe(await sha256(bytes));
    expect(await origin.exists('from.bin')).toBe(true);
  });

  it('says what is missing and what is taken', async () => {
    const origin = createStorage({ bucket });
    const target = createStorage({ bucket: other });
    await origin.save('from.txt', 'from');
    await target.save('to.txt', 'to');

    await expect(target.copyFrom(origin, 'none.txt', 'a.txt')).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    await expect(target.copyFrom(origin, 'from.txt', 'to.txt')).rejects.toMatchObject({
      code: 'FILE_EXISTS',
    });
    await expect(target.copyFrom(origin, '../from.txt', 'a.txt')).rejects.toMatchObject({
      code: 'INVALID_NAME',
    });
  });

  it('is an object like any other of its storage', async () => {
    const origin = createStorage({
      bucket,
      acl: 'public-read',
      visibility: 'public',
      inlineActiveTypes: true,
      objectParameters: {
        CacheControl: 'public, max-age=60',
        Metadata: { colour: 'red' },
        Tagging: 'a=b',
      },
    });
    const target = createStorage({
      bucket: other,
      objectParameters: { ContentLanguage: 'de' },
      objectParametersFor: (name, { type, size }) => ({
        Metadata: { seen: `${name} ${type} ${size}` },
      }),
    });
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';
    const { sha256: checksum } = await origin.save('a.svg', svg);

    const copied = await target.copyFrom(origin, 'a.svg', 'b.svg', { uploadId: 'mine' });

    expect(copied).toEqual({ size: svg.length, type: 'image/svg+xml', sha256: checksum });
    const head = await headOf(target, 'b.svg');
    expect(head).toMatchObject({ ContentDisposition: 'attachment', ContentLanguage: 'de' });
    expect(head).not.toHaveProperty('CacheControl');
    expect(head).not.toHaveProperty('TagCount');
    expect(head.Metadata).toEqual({
      seen: `b.svg image/svg+xml ${svg.length}`,
      'filefield-sha256': checksum,
      'filefield-upload': 'mine',
    });
    const [unsigned = ''] = target.url('b.svg').split('?');
    expect((await fetch(unsigned)).status).toBe(403);
  });

  it('keeps what is compressed where both compress', async () => {
    const origin = createStorage({ bucket, gzip: true });
    const target = createStorage({ bucket: other, gzip: true });
    const css = 'body { margin: 0 }\n'.repeat(500);
    await origin.save('a.css', css);

    // #region copy-from
    const { size } = await target.copyFrom(origin, 'a.css', 'b.css');
    // #endregion

    expect(size).toBe(css.length);
    expect(await target.size('b.css')).toBe(css.length);
    expect((await headOf(target, 'b.css')).ContentLength).toBeLessThan(1000);
    expect(await textOf(target, 'b.css')).toBe(css);
  });

  it.each([
    { what: 'is to be compressed', from: {}, to: { gzip: true } },
    { what: 'is compressed and is not to be', from: { gzip: true }, to: {} },
  ])('is refused where the object $what', async ({ what, from, to }) => {
    const origin = createStorage({ bucket, ...from });
    const target = createStorage({ bucket: other, ...to });
    await origin.save('a.css', 'body { margin: 0 }');

    const copying = target.copyFrom(origin, 'a.css', 'b.css');

    await expect(copying).rejects.toMatchObject({ code: 'UNSUPPORTED_OPERATION' });
    await expect(copying).rejects.toThrow(`the object ${what}`);
    expect(await names(target)).toEqual([]);
  });

  it.each([
    { what: 'size', expected: { size: 6 } },
    { what: 'SHA-256', expected: { sha256: '0'.repeat(64) } },
    { what: 'ETag', expected: { etag: '"another"' } },
  ])('is refused where the origin has another $what', async ({ what, expected }) => {
    const origin = createStorage({ bucket });
    const target = createStorage({ bucket: other });
    await origin.save('a.txt', 'bytes');

    const copying = target.copyFrom(origin, 'a.txt', 'b.txt', { expected });

    await expect(copying).rejects.toMatchObject({ code: 'INTEGRITY' });
    await expect(copying).rejects.toThrow(`found ${what}`);
    expect(await names(target)).toEqual([]);
  });

  it.each([
    { what: 'one request', command: 'CopyObject', copy: 1000 },
    { what: 'parts', command: 'UploadPartCopy', copy: 999 },
  ])(
    'in $what is refused where the origin is replaced by one that only its ETag tells apart',
    async ({ command, copy }) => {
      const origin = createStorage({ bucket });
      const target = createStorage({ bucket: other }, { limits: { copy } });
      await putBare(origin, 'a.bin', pattern(1000));
      onFirst(target, command, async () => putBare(origin, 'a.bin', pattern(1000).toReversed()));

      const copying = target.copyFrom(origin, 'a.bin', 'b.bin', { expected: { size: 1000 } });

      await expect(copying).rejects.toMatchObject({ code: 'INTEGRITY' });
      expect(await names(target)).toEqual([]);
      expect(await openUploads(other)).toEqual([]);
    },
  );

  it.runIf(stranger).each([
    { what: 'small', copy: 1000 },
    { what: 'large', copy: 999 },
  ])('is refused for lack of a right on the origin: $what', async ({ copy }) => {
    const origin = createStorage({ bucket });
    const credentials = stranger!;
    const target = createStorage({ bucket: strangers, credentials }, { limits: { copy } });
    await origin.save('a.bin', pattern(1000));

    const copying = target.copyFrom(origin, 'a.bin', 'b.bin');

    await expect(copying).rejects.toMatchObject({ code: 'UNSUPPORTED_OPERATION' });
    await expect(copying).rejects.toThrow('access is denied, the credentials need');
    expect(await names(target)).toEqual([]);
    expect(await openUploads(strangers)).toEqual([]);
  });

  it.runIf(stranger)(
    'that cannot remove its parts is no refusal: they are to be reclaimed',
    async () => {
      const origin = createStorage({ bucket });
      const place = { bucket: await createBucket(), credentials: stranger! };
      await allowOther(place.bucket, 's3:AbortMultipartUpload');
      const target = createStorage(place, { limits: { copy: 999 } });
      await origin.save('a.bin', pattern(1000));

      const copying = target.copyFrom(origin, 'a.bin', 'b.bin');

      await expect(copying).rejects.toMatchObject({ code: 'STORAGE' });
      await expect(copying).rejects.toThrow('the credentials need s3:AbortMultipartUpload');
      expect(await openUploads(place.bucket)).toContain(`${target.prefix}b.bin`);
    },
  );

  it('is refused where the server cannot do it', async () => {
    const target = createStorage({ bucket: other });

    await expect(target.copyFrom(new MemoryStorage(), 'a.txt', 'a.txt')).rejects.toMatchObject({
      code: 'UNSUPPORTED_OPERATION',
    });
  });
});

describe('a move on S3', () => {
  it('leaves the object where it is when the copy fails', async () => {
    const storage = createStorage({ bucket });
    await storage.save('from.txt', 'from');
    await storage.save('to.txt', 'to');

    await expect(storage.move('from.txt', 'to.txt')).rejects.toMatchObject({ code: 'FILE_EXISTS' });

    expect(await names(storage)).toEqual(['from.txt', 'to.txt']);
  });
});
