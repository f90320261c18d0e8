import type { FieldFile } from '@filefield/core';
import { downloadHandler, serveFile } from '@filefield/http';
import type { S3Storage } from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import { createBucket, createStorage, requestsOf } from '../s3/support.ts';
import { fileOf, uniqueText } from './served-files.ts';

const bucket = await createBucket();
const text = 'Hello, world\n'.repeat(1000);

/** A file on S3 as a field has it. */
async function fileOnS3(
  options: Partial<ConstructorParameters<typeof S3Storage>[0]> = {},
): Promise<{ file: FieldFile; storage: S3Storage }> {
  const storage = createStorage({ bucket, ...options });
  const { size, type, storedSize } = await storage.save(uniqueText, text);
  const row = { name: uniqueText, filename: 'Grüße "1".txt', size, type };
  return {
    file: fileOf(storage, storedSize === undefined ? row : { ...row, storedSize }),
    storage,
  };
}

/** A request with these headers. */
function asking(headers: Record<string, string> = {}, method = 'GET'): Request {
  return new Request('http://localhost/', { method, headers });
}

describe('a file on S3', () => {
  it('is served with one request, and nothing is asked for 304', async () => {
    const { file, storage } = await fileOnS3();
    const requests = requestsOf(storage);

    const response = await serveFile(file, asking());
    const served = await response.text();
    const again = await serveFile(
      file,
      asking({ 'if-none-match': response.headers.get('etag') ?? '' }),
    );

    expect(served).toBe(text);
    expect(again.status).toBe(304);
    expect(requests).toEqual(['GetObject']);
  });

  it('has ranges', async () => {
    const { file } = await fileOnS3();

    const one = await serveFile(file, asking({ range: 'bytes=-6' }));
    const two = await serveFile(file, asking({ range: 'bytes=0-4,13-17' }));

    expect(await one.text()).toBe('world\n');
    expect((await two.text()).match(/Hello/g)).toHaveLength(2);
  });

  it('comes whole and as it was sent where it is kept compressed', async () => {
    const { file, storage } = await fileOnS3({ gzip: true, gzipTypes: ['text/plain'] });

    const response = await serveFile(file, asking({ range: 'bytes=0-4' }));

    expect(file.toRow().storedSize).toBeLessThan(1000);
    expect((await storage.stat(uniqueText)).size).toBe(13_000);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(await response.text()).toBe(text);
  });

  it.each(['GET', 'HEAD'])('is 404 for %s when it is gone', async (method) => {
    const { file, storage } = await fileOnS3();
    await storage.delete(uniqueText);

    const { status } = await serveFile(file, asking({}, method));

    expect(status).toBe(404);
  });
});

describe('a download from S3', () => {
  it('is a redirect to a signed URL, which has the filename', async () => {
    const { file } = await fileOnS3();
    const download = downloadHandler({ authorize: () => file, disposition: 'attachment' });

    const redirect = await download(asking());
    const response = await fetch(redirect.headers.get('location') ?? '');

    expect(redirect.status).toBe(302);
    expect(redirect.headers.get('cache-control')).toBe('private, no-store');
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; .*filename\*=UTF-8''Gr%C3%BC%C3%9Fe/,
    );
    expect(await response.text()).toBe(text);
  });

  it.each([
    ['GET', 200, 'HEAD', 403],
    ['HEAD', 200, 'GET', 403],
  ])('is signed for the method that is asked with: %s', async (method, status, other, refused) => {
    const { file } = await fileOnS3();

    const redirect = await downloadHandler({ authorize: () => file })(asking({}, method));
    const location = redirect.headers.get('location') ?? '';

    expect(redirect.status).toBe(302);
    expect((await fetch(location, { method })).status).toBe(status);
    expect((await fetch(location, { method: other })).status).toBe(refused);
  });

  it('waits for credentials that are not known yet', async () => {
    const { storage } = await fileOnS3();
    const { credentials } = storage.client.config;
    const slow = createStorage({
      bucket,
      prefix: storage.prefix,
      credentials: async () => credentials(),
    });
    const file = fileOf(slow, { name: uniqueText, type: 'text/plain', size: 13_000 });
    const notReady = (): string => file.url;

    expect(notReady).toThrow('its credentials are not loaded');
    const redirect = await downloadHandler({ authorize: () => file })(asking());

    const response = await fetch(redirect.headers.get('location') ?? '');
    expect(await response.text()).toBe(text);
  });
});
