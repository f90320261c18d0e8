import { setTimeout as sleep } from 'node:timers/promises';
import type { UploadGrant, UploadStep } from '@filefield/core';
import { describe, expect, inject, it } from 'vitest';
import { answeringServer } from '../support/answering-server.ts';
import {
  bytesRequest,
  formRequest,
  granted,
  refusal,
  sent,
  sentForm,
  sentToHost,
} from './sent-upload.ts';
import { bucketAgent, createBucket, createStorage, headOf, names, textOf } from './support.ts';

const { endpoint, domain, kmsKeyId } = inject('s3Server');
const bucket = await createBucket();
const storage = createStorage({ bucket });
await storage.save('secret.txt', 'a secret');
const secret = `/${bucket}/${storage.prefix}secret.txt`;

const form = { kind: 'form' } as const;
const put = { kind: 'put' } as const;
const conditionalWrite = { put: true, complete: true, copy: true };

describe('a form that is signed for a browser', () => {
  it('uploads a file of the granted type, whatever the browser calls it', async () => {
    const grant = granted({ type: 'image/png' });

    const answer = await sentForm(await storage.createUpload(grant), 'hello');

    expect(answer.status).toBe(204);
    expect(await storage.stat(grant.name)).toMatchObject({ size: 5, type: 'image/png' });
    expect(await textOf(storage, grant.name)).toBe('hello');
  });

  it('is where browsers reach the server', async () => {
    const publicEndpoint = await answeringServer(() => undefined, endpoint);
    const inside = createStorage({ bucket, publicEndpoint, prefix: 'public/' });
    const { url } = await inside.createUpload(granted());

    expect(url).toBe(`${publicEndpoint}/${bucket}`);
  });

  it.each([
    ['one byte more than the most', {}, 'hello world', 'EntityTooLarge'],
    ['one byte more than the size', { size: 4 }, 'hello', 'EntityTooLarge'],
    ['one byte less than the size', { size: 6 }, 'hello', 'EntityTooSmall'],
  ])('refuses %s', async (_what, limits, bytes, code) => {
    const grant = granted(limits);

    const answer = await sentForm(await storage.createUpload(grant), bytes);

    expect(await refusal(answer)).toBe(code);
    expect(await storage.exists(grant.name)).toBe(false);
  });

  it.each<[what: string, fields: Record<string, string>]>([
    ['another type', { 'Content-Type': 'text/html' }],
    ['another key', { key: `${storage.prefix}secret.txt` }],
    ['another signature', { 'X-Amz-Signature': '0'.repeat(64) }],
    ['another policy', { Policy: Buffer.from('{"conditions":[]}').toString('base64') }],
    ['an ACL', { acl: 'public-read' }],
    ['metadata', { 'x-amz-meta-filefield-sha256': '0'.repeat(64) }],
    ['tags', { tagging: '<Tagging/>' }],
    ['an encoding', { 'Content-Encoding': 'gzip' }],
    ['a redirect', { success_action_redirect: 'https://example.com' }],
    ['an origin to copy', { 'x-amz-copy-source': secret }],
  ])('refuses %s', async (_what, fields) => {
    const grant = granted();

    const answer = await sentForm(await storage.createUpload(grant), 'hello', { fields });

    expect(answer.status).toBe(403);
    expect(await storage.exists(grant.name)).toBe(false);
    expect(await textOf(storage, 'secret.txt')).toBe('a secret');
  });

  it('does nothing that a header says', async () => {
    const grant = granted();
    const headers = {
      'x-amz-copy-source': secret,
      'x-amz-acl': 'public-read',
      'x-amz-meta-filefield-upload': 'mine',
    };

    await sentForm(await storage.createUpload(grant), 'hello', { headers });

    expect(await textOf(storage, grant.name)).toBe('hello');
    expect((await headOf(storage, grant.name)).Metadata).toEqual({});
    expect((await fetch(unsigned(grant.name))).status).toBe(403);
  });

  it('can be sent again until it expires, and then replaces what it sent', async () => {
    const grant = granted();
    const request = await storage.createUpload(grant);
    await sentForm(request, 'first');

    const answer = await sentForm(request, 'second');

    expect(answer.status).toBe(204);
    expect(await textOf(storage, grant.name)).toBe('second');
  });
});

describe('a PUT that is signed for a browser', () => {
  it('uploads a file of the granted size and type', async () => {
    const grant = granted({ size: 5 });

    const answer = await sent(await storage.createUpload(grant, put), 'hello');

    expect(answer.status).toBe(200);
    expect(await storage.stat(grant.name)).toMatchObject({ size: 5, type: 'text/plain' });
    expect(await headOf(storage, grant.name)).toMatchObject({ ContentDisposition: 'attachment' });
  });

  it('uploads a file without a byte', async () => {
    const grant = granted({ size: 0 });

    const answer = await sent(await storage.createUpload(grant, put), '');

    expect(answer.status).toBe(200);
    expect(await storage.size(grant.name)).toBe(0);
  });

  it('uploads once', async () => {
    const grant = granted({ size: 5 });
    const request = await storage.createUpload(grant, put);
    await sent(request, 'first');

    const answer = await sent(request, 'other');

    expect(answer.status).toBe(412);
    expect(await textOf(storage, grant.name)).toBe('first');
  });

  it('replaces what it sent where the server does not know the condition', async () => {
    const none = { put: false, complete: false, copy: false };
    const older = createStorage({ bucket }, { conditionalWrite: none });
    const grant = granted({ size: 5 });
    const request = await older.createUpload(grant, put);
    await sent(request, 'first');

    const answer = await sent(request, 'other');

    expect(request.headers).not.toHaveProperty('if-none-match');
    expect(answer.status).toBe(200);
  });

  it.each<[what: string, bytes: string, headers: Record<string, string>]>([
    ['one byte more', 'hello!', {}],
    ['one byte less', 'hell', {}],
    ['another type', 'hello', { 'content-type': 'text/html' }],
    ['being shown', 'hello', { 'content-disposition': 'inline' }],
    ['an object to copy', 'hello', { 'x-amz-copy-source': secret }],
    ['an ACL', 'hello', { 'x-amz-acl': 'public-read' }],
    ['another owner', 'hello', { 'x-amz-grant-full-control': 'id=other' }],
    ['tags', 'hello', { 'x-amz-tagging': 'a=b' }],
    ['a lock', 'hello', { 'x-amz-object-lock-mode': 'COMPLIANCE' }],
    ['a redirect', 'hello', { 'x-amz-website-redirect-location': 'https://example.com' }],
    ['a key of its own', 'hello', { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }],
    ['chunks', 'hello', { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' }],
  ])('refuses %s', async (_what, bytes, headers) => {
    const grant = granted({ size: 5 });

    const answer = await sent(await storage.createUpload(grant, put), bytes, headers);

    expect(answer.status).toBe(403);
    expect(await storage.exists(grant.name)).toBe(false);
  });

  it('needs a size: a PUT can be held to no range', async () => {
    const signing = storage.createUpload(granted(), put);

    await expect(signing).rejects.toMatchObject({ code: 'UNSUPPORTED_OPERATION' });
    await expect(signing).rejects.toThrow('say the size, or use a form');
  });
});

describe('a request that is signed for a browser', () => {
  it.runIf(kmsKeyId).each<[what: string, step: UploadStep]>([
    ['a form', form],
    ['a PUT', put],
  ])('has what it sends encrypted as the storage says: %s', async (_what, step) => {
    const encrypted = createStorage({ bucket, sse: { kmsKeyId: kmsKeyId! } });
    const grant = granted({ size: 5 });
    const request = await encrypted.createUpload(grant, step);

    await (request.fields ? sentForm(request, 'hello') : sent(request, 'hello'));

    expect(await headOf(encrypted, grant.name)).toMatchObject({ ServerSideEncryption: 'aws:kms' });
    expect(await textOf(encrypted, grant.name)).toBe('hello');
  });

  it.concurrent.each<[what: string, step: UploadStep, grant: Partial<UploadGrant>]>([
    ['a form', form, {}],
    ['a PUT', put, { size: 5 }],
    ['the begin of parts', { kind: 'begin' }, {}],
  ])('ends with its time: %s', async (_what, step, limits) => {
    const grant = granted({ ...limits, expiresIn: 1 });
    const request = await storage.createUpload(grant, step);
    await sleep(2100);

    const answer = await (request.fields ? sentForm(request, 'hello') : sent(request, 'hello'));

    expect(answer.status).toBe(403);
    expect(await storage.exists(grant.name)).toBe(false);
  });

  it.each(['GET', 'HEAD', 'DELETE', 'POST'])('of a PUT does not serve a %s', async (method) => {
    const grant = granted({ size: 5 });
    const request = await storage.createUpload(grant, put);
    await sent(request, 'hello');

    const { status } = await fetch(request.url, { method, headers: request.headers });

    expect(status).toBe(403);
    expect(await storage.exists(grant.name)).toBe(true);
  });

  it('of a PUT does not serve another name', async () => {
    const grant = granted({ size: 5 });
    const request = await storage.createUpload(grant, put);
    const url = request.url.replace(grant.name, 'secret.txt');

    const { status } = await sent({ ...request, url }, 'hello');

    expect(status).toBe(403);
    expect(await textOf(storage, 'secret.txt')).toBe('a secret');
  });

  it.runIf(domain)('may name the bucket in its host', async () => {
    const style = {
      endpoint: `http://${domain}:${new URL(endpoint).port}`,
      forcePathStyle: false,
      client: { requestHandler: { httpAgent: bucketAgent() } },
    };
    const hosted = createStorage({ bucket, ...style });
    const [posted, written] = [granted(), granted({ size: 5 })];
    const [aForm, aPut] = await Promise.all([
      hosted.createUpload(posted),
      hosted.createUpload(written, put),
    ]);

    const posting = await sentToHost(formRequest(aForm, 'hello'));
    const writing = await sentToHost(bytesRequest(aPut, 'hello'));

    expect([posting, writing]).toEqual([204, 200]);
    expect(new URL(aForm.url).hostname).toBe(`${bucket}.${domain}`);
    expect(await names(hosted)).toEqual([posted.name, written.name].toSorted());
  });

  it('forbids no header by name where the server refuses what is not signed', async () => {
    const strict = await answeringServer(({ headers }) => ({
      status: Object.keys(headers).some((name) => name.startsWith('x-amz-')) ? 403 : 200,
    }));
    const one = createStorage({ bucket, endpoint: strict }, { conditionalWrite });

    const { url } = await one.createUpload(granted({ size: 5 }), put);

    expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe(
      'content-disposition;content-length;content-type;host;if-none-match',
    );
  });

  it.each<[what: string, step: UploadStep]>([
    ['a PUT', put],
    ['the begin of parts', { kind: 'begin' }],
    ['a part', { kind: 'part', uploadId: 'one', partNumber: 1 }],
  ])('is none where the server obeys headers that nobody signed: %s', async (_what, step) => {
    const lax = await answeringServer(({ headers }) => ({
      // For lack of a right, which another user of the server may have.
      status: 'x-amz-copy-source' in headers ? 403 : 200,
    }));
    const one = createStorage({ bucket, endpoint: lax }, { conditionalWrite });

    const signing = one.createUpload(granted({ size: 5 }), step);

    await expect(signing).rejects.toMatchObject({ code: 'UNSUPPORTED_OPERATION' });
    await expect(signing).rejects.toThrow('use a form');
    expect(await one.createUpload(granted())).toMatchObject({ method: 'POST' });
  });
});

function unsigned(name: string): string {
  return `${endpoint}/${bucket}/${storage.prefix}${name}`;
}
