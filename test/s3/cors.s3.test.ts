import { PutBucketCorsCommand } from '@aws-sdk/client-s3';
import type { UploadGrant, UploadStep } from '@filefield/core';
import { corsRules } from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import { granted, sent, sentForm } from './sent-upload.ts';
import { client, createBucket, createStorage } from './support.ts';

const origin = 'https://app.example.com';
const stranger = 'https://app.example.com.evil.test';
const bucket = await createBucket();
const storage = createStorage({ bucket });
await storage.save('a.txt', 'Hello, world');
// #region cors
const configuration = corsRules({ origins: ['https://app.example.com', 'https://*.preview.test'] });
await client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: configuration }));
// #endregion

/** Asks as a browser does before it sends a request that no form could send. */
async function preflight(
  url: string,
  method: string,
  headers: readonly string[],
  from = origin,
): Promise<Response> {
  const asked = headers.length === 0 ? {} : { 'access-control-request-headers': headers.join(',') };
  const init = { origin: from, 'access-control-request-method': method, ...asked };
  return await fetch(url, { method: 'OPTIONS', headers: init });
}

const steps: [what: string, step: UploadStep, grant: Partial<UploadGrant>][] = [
  ['a form', { kind: 'form' }, {}],
  ['a PUT', { kind: 'put' }, { size: 5 }],
  ['the begin of parts', { kind: 'begin' }, {}],
  ['a part', { kind: 'part', uploadId: 'one', partNumber: 1 }, {}],
  ['the list of parts', { kind: 'parts', uploadId: 'one' }, {}],
  ['the abort of parts', { kind: 'abort', uploadId: 'one' }, {}],
];

describe('a bucket with the CORS rules', () => {
  it.each(steps)('lets pages of the origins upload: %s', async (_what, step, grant) => {
    const { url, method, headers } = await storage.createUpload(granted(grant), step);

    const answer = await preflight(url, method, Object.keys(headers));

    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-allow-methods')).toContain(method);
  });

  it.each(steps)('lets nobody else upload: %s', async (_what, step, grant) => {
    const { url, method, headers } = await storage.createUpload(granted(grant), step);

    const answer = await preflight(url, method, Object.keys(headers), stranger);

    expect(answer.status).toBe(403);
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
  });

  it('lets pages send what an encrypted upload and the completion of parts are sent with', async () => {
    const { url } = await storage.createUpload(granted(), { kind: 'begin' });
    const names = ['content-type', 'x-amz-server-side-encryption', 'x-amz-mp-object-size'];

    const answer = await preflight(url, 'POST', names);

    expect(answer.status).toBe(200);
  });

  it('shows the answer to pages of the origins: a form', async () => {
    const request = await storage.createUpload(granted());
    const headers = { origin };

    const answer = await sentForm(request, 'hello', { headers });

    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  });

  it.each([
    ['of the origin', origin, origin],
    ['of any subdomain', 'https://pr-7.preview.test', 'https://pr-7.preview.test'],
    ['of nobody else', stranger, null],
  ])('shows the ETag of what was sent to pages %s', async (_what, from, allowed) => {
    const request = await storage.createUpload(granted({ size: 5 }), { kind: 'put' });

    const answer = await sent(request, 'hello', { origin: from });

    expect(answer.headers.get('access-control-allow-origin')).toBe(allowed);
    expect(answer.headers.get('access-control-expose-headers')).toBe(
      allowed && 'Accept-Ranges,Content-Disposition,Content-Range,ETag',
    );
  });

  it('lets pages of the origins read a part of a file', async () => {
    const url = storage.url('a.txt');

    const allowed = await preflight(url, 'GET', ['range']);
    const answer = await fetch(url, { headers: { origin, range: 'bytes=0-4' } });

    expect(allowed.status).toBe(200);
    expect(answer.status).toBe(206);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  });

  it('lets nobody else read', async () => {
    const answer = await preflight(storage.url('a.txt'), 'GET', ['range'], stranger);

    expect(answer.status).toBe(403);
  });
});
