import type { UploadGrant } from '@filefield/core';
import type { S3Storage } from '@filefield/s3';
import { describe, expect, it } from 'vitest';
import { granted, refusal, sent } from './sent-upload.ts';
import {
  createBucket,
  createStorage,
  headOf,
  inputsOf,
  openUploads,
  pattern,
  sha256,
  textOf,
} from './support.ts';

const mebibyte = 1024 * 1024;
const bucket = await createBucket();
const storage = createStorage({ bucket });
await storage.save('secret.txt', 'a secret');
const large = pattern(5 * mebibyte + 1) as Uint8Array<ArrayBuffer>;
const grantOfLarge = { maxSize: large.byteLength, size: large.byteLength };

/** Begins as a browser does. */
async function begun(grant: UploadGrant, at: S3Storage = storage): Promise<string> {
  const answer = await sent(await at.createUpload(grant, { kind: 'begin' }));
  return /<UploadId>([^<]+)<\/UploadId>/.exec(await answer.text())?.[1] ?? '';
}

/** Sends a part as a browser does, and answers its ETag. */
async function sendPart(
  grant: UploadGrant,
  uploadId: string,
  partNumber: number,
  bytes: string | Uint8Array<ArrayBuffer>,
): Promise<string> {
  const step = { kind: 'part', uploadId, partNumber } as const;
  const answer = await sent(await storage.createUpload(grant, step), bytes);
  return answer.headers.get('etag')?.replaceAll('"', '') ?? '';
}

/** What Uppy sends to complete an upload. */
function completion(...etags: string[]): string {
  const parts = etags.map(
    (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
}

const xml = { 'content-type': 'application/xml' };

describe('an upload in parts', () => {
  it('goes all the way', async () => {
    const grant = granted({ ...grantOfLarge, type: 'video/mp4' });
    const uploadId = await begun(grant);
    const first = await sendPart(grant, uploadId, 1, large.subarray(0, 5 * mebibyte));
    const second = await sendPart(grant, uploadId, 2, large.subarray(5 * mebibyte));
    const complete = await storage.createUpload(grant, { kind: 'complete', uploadId });

    const answer = await sent(complete, completion(first, second), xml);

    expect(await answer.text()).toContain(`<Key>${storage.prefix}${grant.name}</Key>`);
    expect(await storage.stat(grant.name)).toMatchObject({ size: grant.size, type: 'video/mp4' });
    expect(await sha256(await storage.open(grant.name))).toBe(await sha256(large));
    expect(await headOf(storage, grant.name)).toMatchObject({ ContentDisposition: 'attachment' });
  });

  it('tells which parts have arrived, so that it can go on', async () => {
    const grant = granted();
    const uploadId = await begun(grant);
    const etag = await sendPart(grant, uploadId, 2, 'hello');

    const answer = await sent(await storage.createUpload(grant, { kind: 'parts', uploadId }));

    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(text).toContain('<PartNumber>2</PartNumber>');
    expect(text).toContain(etag);
    expect(text).toContain('<Size>5</Size>');
  });

  it('is gone when it is aborted', async () => {
    const grant = granted();
    const uploadId = await begun(grant);
    await sendPart(grant, uploadId, 1, 'hello');

    const answer = await sent(await storage.createUpload(grant, { kind: 'abort', uploadId }));

    expect(answer.status).toBe(204);
    expect(await openUploads(bucket)).not.toContain(storage.prefix + grant.name);
  });

  it('is gone with its object when that is reclaimed', async () => {
    const grant = granted();
    await sendPart(grant, await begun(grant), 1, 'hello');

    await storage.reclaim([grant.name]);

    expect(await openUploads(bucket)).not.toContain(storage.prefix + grant.name);
  });

  it.each([
    {
      what: 'more than the most',
      limits: {},
      parts: ['hello world'],
      found: 11,
      most: 'at most 10',
    },
    { what: 'more than the size', limits: { size: 4 }, parts: ['hello'], found: 5, most: '4' },
    { what: 'less than the size', limits: { size: 6 }, parts: ['hello'], found: 5, most: '6' },
    { what: 'nothing', limits: { size: 1 }, parts: [], found: 0, most: '1' },
  ])('is not completed when its parts hold $what', async ({ limits, parts, found, most }) => {
    const grant = granted(limits);
    const uploadId = await begun(grant);
    await Promise.all(parts.map((bytes) => sendPart(grant, uploadId, 1, bytes)));

    const signing = storage.createUpload(grant, { kind: 'complete', uploadId });

    await expect(signing).rejects.toMatchObject({ code: 'UPLOAD_REJECTED', reason: 'size' });
    await expect(signing).rejects.toThrow(`${found} bytes, ${most} are granted`);
  });

  it('is measured over all pages of its parts', async () => {
    const paged = createStorage({ bucket, prefix: storage.prefix }, { limits: { page: 1 } });
    const grant = granted({ size: 10 });
    const uploadId = await begun(grant);
    await sendPart(grant, uploadId, 1, 'hello');
    await sendPart(grant, uploadId, 2, 'world');
    const inputs = inputsOf(paged);

    await paged.createUpload(grant, { kind: 'complete', uploadId });

    expect(inputs.filter(({ command }) => command === 'ListParts')).toHaveLength(2);
  });

  it.each([
    { what: 'was never begun', uploadId: 'none', name: {} },
    { what: 'is that of another object', uploadId: undefined, name: { name: 'incoming/other' } },
  ])('is not completed when it $what', async ({ uploadId, name }) => {
    const grant = granted();
    const id = uploadId ?? (await begun(grant));

    const signing = storage.createUpload({ ...grant, ...name }, { kind: 'complete', uploadId: id });

    await expect(signing).rejects.toMatchObject({ code: 'UPLOAD_REJECTED', reason: 'missing' });
  });

  it('may be completed again by who got no answer, and is the same object', async () => {
    const grant = granted();
    const uploadId = await begun(grant);
    const etag = await sendPart(grant, uploadId, 1, 'hello');
    const complete = await storage.createUpload(grant, { kind: 'complete', uploadId });
    await sent(complete, completion(etag), xml);

    const again = await sent(complete, completion(etag), xml);

    expect(again.status).toBe(200);
    expect(await textOf(storage, grant.name)).toBe('hello');
  });

  it('has no more parts than the smallest ones that S3 takes, and one', async () => {
    const grant = granted({ maxSize: 10 * mebibyte });
    const step = { kind: 'part', uploadId: 'one' } as const;

    const last = storage.createUpload(grant, { ...step, partNumber: 3 });
    const beyond = storage.createUpload(grant, { ...step, partNumber: 4 });

    await expect(last).resolves.toMatchObject({ method: 'PUT' });
    await expect(beyond).rejects.toMatchObject({ code: 'UPLOAD_REJECTED', reason: 'size' });
    await expect(beyond).rejects.toThrow('part 4 is asked for, 3 are enough');
  });

  it.each([
    ['of another number', (url: string) => url.replace('partNumber=1', 'partNumber=2')],
    ['of another upload', (url: string) => url.replace(/uploadId=[^&]+/, 'uploadId=other')],
    ['without parts', (url: string) => url.replace(/&partNumber=1&uploadId=[^&]+/, '')],
    ['of another object', (url: string) => url.replace('/incoming/', '/')],
  ])('takes no part that was signed for another one: %s', async (_what, changed) => {
    const grant = granted();
    const step = { kind: 'part', uploadId: await begun(grant), partNumber: 1 } as const;
    const request = await storage.createUpload(grant, step);

    const answer = await sent({ ...request, url: changed(request.url) }, 'hello');

    expect(changed(request.url)).not.toBe(request.url);
    expect(await refusal(answer)).toBe('SignatureDoesNotMatch');
  });

  it.each(['x-amz-copy-source', 'x-amz-acl'])(
    'takes no part and does not begin with a header of %s',
    async (header) => {
      const grant = granted();
      const uploadId = await begun(grant);
      const begin = await storage.createUpload(grant, { kind: 'begin' });
      const part = await storage.createUpload(grant, { kind: 'part', uploadId, partNumber: 1 });
      const stray = { [header]: `/${bucket}/${storage.prefix}secret.txt` };

      const answers = [await sent(begin, undefined, stray), await sent(part, '', stray)];

      expect(answers.map(({ status }) => status)).toEqual([403, 403]);
    },
  );

  it('shows nothing of an object, and deletes none', async () => {
    const grant = granted();
    const uploadId = await begun(grant);
    const list = await storage.createUpload(grant, { kind: 'parts', uploadId });
    const abort = await storage.createUpload(grant, { kind: 'abort', uploadId });
    const bare = ({ url }: { url: string }): string => url.replace(/&uploadId=[^&]+/, '');

    const read = await sent({ ...list, url: bare(list) });
    const deleted = await sent({ ...abort, url: bare(abort) });

    expect([read.status, deleted.status]).toEqual([403, 403]);
    expect(await openUploads(bucket)).toContain(storage.prefix + grant.name);
  });
});
