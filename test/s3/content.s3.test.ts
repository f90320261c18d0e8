import { gunzipSync } from 'node:zlib';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { S3Storage } from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import {
  client,
  createBucket,
  createStorage,
  headOf,
  pattern,
  requestsOf,
  sha256,
  streamed,
  textOf,
} from './support.ts';

const bucket = await createBucket();
const css = 'body { color: red }\n'.repeat(1000);

/** The bytes as the server keeps them. */
async function rawBytes({ bucket: Bucket, prefix }: S3Storage, name: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: prefix + name }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

describe('an object on S3', () => {
  it('has the type of its bytes, not the declared one', async () => {
    const storage = createStorage({ bucket });

    await storage.save('photo.png', '<!doctype html><script>alert(1)</script>', {
      type: 'image/png',
    });

    expect(await headOf(storage, 'photo.png')).toMatchObject({
      ContentType: 'text/html',
      ContentDisposition: 'attachment',
    });
  });

  it.each([
    ['page.html', '<!doctype html><p>'],
    ['image.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['feed.xml', '<?xml version="1.0"?><feed/>'],
    ['code.js', 'alert(1)'],
  ])('that browsers would run is an attachment: %s', async (name, text) => {
    const storage = createStorage({ bucket });

    await storage.save(name, text);

    expect((await headOf(storage, name)).ContentDisposition).toBe('attachment');
  });

  it.each([
    ['plain.txt', 'text'],
    ['style.css', css],
    ['data.json', '{}'],
  ])('that browsers only show is none: %s', async (name, text) => {
    const storage = createStorage({ bucket });

    await storage.save(name, text);

    expect((await headOf(storage, name)).ContentDisposition).toBeUndefined();
  });

  it.each([
    { what: 'all types', inlineActiveTypes: true },
    { what: 'a list of types', inlineActiveTypes: ['image/svg+xml'] },
  ])('may be shown where the options allow it: $what', async ({ inlineActiveTypes }) => {
    const storage = createStorage({ bucket, inlineActiveTypes });

    await storage.save('image.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');

    expect((await headOf(storage, 'image.svg')).ContentDisposition).toBeUndefined();
  });

  it.each([
    ['backup.tar.gz', '1f8b0800000000000003030000000000000000000000', 'application/gzip'],
    ['drawing.svgz', '1f8b0800000000000003030000000000000000000000', 'application/gzip'],
    ['backup.tar.bz2', '425a6839314159265359', 'application/x-bzip2'],
    ['backup.tar.Z', '1f9d90', 'application/x-compress'],
  ])(
    'that is an archive has no encoding, so that browsers save it as it is: %s',
    async (name, hex, type) => {
      const storage = createStorage({ bucket, gzip: true });

      await storage.save(name, Buffer.from(hex, 'hex'));

      const head = await headOf(storage, name);
      expect(head.ContentEncoding).toBeUndefined();
      expect(head.ContentType).toBe(type);
    },
  );

  it('has its checksum in its metadata', async () => {
    const storage = createStorage({ bucket });

    const stored = await storage.save('a.txt', 'bytes');

    expect((await headOf(storage, 'a.txt')).Metadata).toMatchObject({
      'filefield-sha256': stored.sha256,
    });
    expect((await storage.stat('a.txt')).sha256).toBe(await sha256('bytes'));
  });

  it('has the headers that the options give to all objects, to this one, and to none', async () => {
    const storage = createStorage({
      bucket,
      objectParameters: { CacheControl: 'max-age=60', ContentLanguage: 'de' },
      objectParametersFor: (name, { type, size }) => ({
        CacheControl: 'no-store',
        Metadata: { seen: `${name} ${type} ${size}` },
      }),
    });

    await storage.save('a.txt', 'bytes');

    expect(await headOf(storage, 'a.txt')).toMatchObject({
      CacheControl: 'no-store',
      ContentLanguage: 'de',
      Metadata: { seen: 'a.txt text/plain 5' },
    });
  });

  it('is public where the option acl says so', async () => {
    const storage = createStorage({ bucket, acl: 'public-read', visibility: 'public' });

    await storage.save('a.txt', 'everybody');

    const response = await fetch(storage.url('a.txt'));
    expect(await response.text()).toBe('everybody');
  });
});

describe('the option gzip', () => {
  it.each([
    { what: 'of known size', source: () => css },
    { what: 'of unknown size', source: () => streamed(Buffer.from(css)) },
  ])('compresses text and keeps its size: $what', async ({ source }) => {
    const storage = createStorage({ bucket, gzip: true });

    const stored = await storage.save('a.css', source(), { ifExists: 'error' });

    const raw = await rawBytes(storage, 'a.css');
    expect(raw.byteLength).toBeLessThan(css.length / 10);
    expect(gunzipSync(raw).toString()).toBe(css);
    expect((await headOf(storage, 'a.css')).ContentEncoding).toBe('gzip');
    expect(stored).toMatchObject({ size: css.length, sha256: await sha256(css) });
    expect(await storage.stat('a.css')).toMatchObject({ size: css.length });
    expect(await textOf(storage, 'a.css')).toBe(css);
  });

  it.each([
    ['a.css', 'body { color: red }'],
    ['a.js', 'let a = 1;'],
    ['a.json', '{"a":1}'],
    ['a.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
  ])('compresses %s, the same bytes always to the same', async (name, text) => {
    const storage = createStorage({ bucket, gzip: true, inlineActiveTypes: true });

    await storage.save(name, text.repeat(9));

    const raw = await rawBytes(storage, name);
    const timeOfChange = raw.subarray(4, 8).toString('hex');
    expect([raw.subarray(0, 2).toString('hex'), timeOfChange]).toEqual(['1f8b', '00000000']);
  });

  it('reads parts of what is compressed', async () => {
    const storage = createStorage({ bucket, gzip: true });
    await storage.save('a.css', css);

    expect(await textOf(storage, 'a.css', { start: 20, end: 24 })).toBe('body');
    expect(await textOf(storage, 'a.css', { start: css.length - 2 })).toBe('}\n');
    expect(await textOf(storage, 'a.css', { start: css.length + 1 })).toBe('');
  });

  it('compresses large files on their way, in parts', async () => {
    const partSize = 5 * 1024 * 1024;
    const multipart = { partSize, threshold: partSize };
    const storage = createStorage({ bucket, gzip: true, multipart, gzipTypes: ['text/plain'] });
    const text = Buffer.from(pattern(9 * 1024 * 1024)).toString('base64');
    const requests = requestsOf(storage);

    const stored = await storage.save('large.txt', text);

    expect(requests).toContain('CompleteMultipartUpload');
    expect((await headOf(storage, 'large.txt')).ContentLength).toBeLessThan(text.length);
    expect(await storage.size('large.txt')).toBe(text.length);
    expect(await sha256(await storage.open('large.txt'))).toBe(stored.sha256);
  });

  it.each([
    { what: 'types that are not listed', name: 'a.png', options: {} },
    { what: 'what is encoded already', name: 'a.css', options: { ContentEncoding: 'br' } },
  ])('leaves $what as it is', async ({ name, options }) => {
    const storage = createStorage({ bucket, gzip: true, objectParameters: options });
    const bytes = pattern(5000);

    await storage.save(name, bytes);

    expect(Buffer.from(bytes).equals(await rawBytes(storage, name))).toBe(true);
  });

  it('keeps a copy readable', async () => {
    const storage = createStorage({ bucket, gzip: true });
    await storage.save('a.css', css);

    await storage.copy('a.css', 'b.css');

    expect(await textOf(storage, 'b.css')).toBe(css);
    expect(await storage.size('b.css')).toBe(css.length);
  });

  it('lets a stream of text that nobody knows the length of pass as it is when it is large', async () => {
    const partSize = 5 * 1024 * 1024;
    const storage = createStorage({
      bucket,
      gzip: true,
      multipart: { partSize, threshold: partSize },
    });
    const text = Buffer.from(css.repeat(300));

    await storage.save('a.css', streamed(text), { ifExists: 'error' });

    expect((await headOf(storage, 'a.css')).ContentEncoding).toBeUndefined();
    expect(await storage.size('a.css')).toBe(text.byteLength);
  });
});
