import { MemoryStorage } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import {
  createBucket,
  createStorage,
  headOf,
  names,
  openUploads,
  pattern,
  requestsOf,
  sha256,
  textOf,
} from './support.ts';

const mebibyte = 1024 * 1024;
const bucket = await createBucket();
const other = await createBucket();
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
