import { FieldFile } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import type { S3Storage, S3StorageOptions } from '@filefield/s3';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, inject, it } from 'vitest';
import { createApp } from '../mikro-orm/support.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import {
  allowOther,
  createBucket,
  createStorage,
  headOf,
  onFirst,
  openUploads,
  pattern,
  requestsOf,
  sha256,
} from './support.ts';

const mebibyte = 1024 * 1024;
const large = pattern(3 * mebibyte);
const bucket = await createBucket();
const archive = await createBucket();
const { other: stranger } = inject('s3Server');

const Doc = defineEntity({
  name: 'Doc',
  properties: (p) => ({
    id: p.integer().primary(),
    file: fileField().nullable(),
    thumb: fileField({ storage: 'other' }).nullable(),
    named: fileField({ column: 'name' }).nullable(),
    checked: fileField({
      storage: 'other',
      accept: ['text/*', '.bin'],
      maxSize: 4 * mebibyte,
      validators: [
        ({ head }) => (Buffer.from(head).includes('virus') ? 'It has a virus.' : undefined),
      ],
    }).nullable(),
  }),
});

interface Place {
  /** Of the storage `other`. */
  readonly options?: Partial<S3StorageOptions>;
  readonly internals?: ConstructorParameters<typeof S3Storage>[1];
  readonly filename?: string;
}

/** A row whose file is on S3, and storages behind a proxy that sees what passes through this process. */
async function savedDoc(
  bytes: Uint8Array,
  { options, internals = {}, filename = 'a.bin' }: Place = {},
) {
  const proxy = await tcpProxy(inject('s3Server').endpoint);
  const endpoint = proxy.url;
  const origin = createStorage({ bucket, endpoint });
  const target = createStorage({ bucket: archive, endpoint, ...options }, internals);
  const files = { environment: 'test' };
  const app = await createApp([Doc], { default: origin, other: target, files });
  const em = app.em();
  const doc = em.create(Doc, { file: FieldFile.from(bytes, { filename }) });
  await em.flush();
  const before = proxy.sent + proxy.received;
  const transferred = (): number => proxy.sent + proxy.received - before;
  return { app, em, doc, origin, target, proxy, transferred };
}

describe('the copy of a file by a flush', () => {
  it.each<{ what: string; place?: Place; request?: string }>([
    { what: 'to another bucket' },
    { what: 'to another prefix of its bucket', place: { options: { bucket } } },
    {
      what: 'past the limit of one request',
      place: { internals: { limits: { copy: mebibyte } } },
      request: 'UploadPartCopy',
    },
  ])(
    'is made by the server, $what: no byte of it passes through this process',
    async ({ place, request = 'CopyObject' }) => {
      const { app, em, doc, target, transferred } = await savedDoc(large, place);
      const requests = requestsOf(target);

      doc.thumb = doc.file!;
      await em.flush();

      expect(transferred()).toBeLessThan(50_000);
      expect(requests).toContain(request);
      const { size, type, sha256: sum } = doc.file!;
      expect(doc.thumb).toMatchObject({ storage: 'other', size, type, sha256: sum });
      expect(await sha256(doc.thumb.stream({ verify: true }))).toBe(await sha256(large));
      expect(await app.journal()).toEqual([]);
      expect(await app.reclaim()).toEqual(['a.bin', 'a.bin']);
    },
  );

  it('is made by the server within its storage', async () => {
    const { app, em, doc, origin, transferred } = await savedDoc(large);
    const requests = requestsOf(origin);

    doc.file = doc.file!.renamed('b.bin');
    await em.flush();

    expect(transferred()).toBeLessThan(50_000);
    expect(requests).toContain('CopyObject');
    expect(await sha256(doc.file.stream({ verify: true }))).toBe(await sha256(large));
    expect(await app.reclaim()).toEqual(['b.bin']);
  });

  it('carries an upload id of its own, by which one whose answer is lost finds itself', async () => {
    const { app, em, doc, origin, target, proxy } = await savedDoc(pattern(1000));
    onFirst(target, 'CopyObject', async () => proxy.loseAnswers(1));

    doc.thumb = doc.file!;
    await em.flush();

    const one = await headOf(origin, doc.file!.name!);
    const two = await headOf(target, doc.thumb.name!);
    expect(two.Metadata?.['filefield-upload']).toMatch(/^[-0-9a-f]{36}$/);
    expect(two.Metadata?.['filefield-upload']).not.toBe(one.Metadata?.['filefield-upload']);
    expect(two.Metadata?.['filefield-sha256']).toBe(doc.file!.sha256);
    expect(await app.reclaim()).toEqual(['a.bin', 'a.bin']);
  });

  it('shows its head to the rules of the field, and no more', async () => {
    const { em, doc, transferred } = await savedDoc(large);

    doc.checked = doc.file!;
    await em.flush();

    expect(transferred()).toBeLessThan(50_000);
    expect(await sha256(doc.checked.stream({ verify: true }))).toBe(doc.file!.sha256);
  });

  it('has the type of its new name where it gets one elsewhere', async () => {
    const table = Buffer.from('one,two\n'.repeat(100_000));
    const { em, doc, target, transferred } = await savedDoc(table, { filename: 'a.txt' });

    doc.thumb = doc.file!.renamed('b.csv');
    await em.flush();

    expect(transferred()).toBeLessThan(50_000);
    expect(doc.thumb).toMatchObject({ filename: 'b.csv', type: 'text/csv', size: table.length });
    expect((await headOf(target, doc.thumb.name!)).ContentType).toBe('text/csv');
  });

  it('knows from the server what a column of names has not kept', async () => {
    const { app, em, doc } = await savedDoc(pattern(1000));
    doc.named = doc.file!;
    await em.flush();
    const other = app.em();
    const again = await other.findOneOrFail(Doc, doc.id);

    again.thumb = again.named!;
    await other.flush();

    const { size, type, sha256: sum } = doc.file!;
    expect(again.thumb).toMatchObject({ size, type, sha256: sum });
    expect(await again.thumb.bytes({ verify: true })).toHaveLength(1000);
  });

  it.each([
    { what: 'too large', bytes: pattern(5 * mebibyte), message: 'is over the limit of 4.2 MB' },
    { what: 'infected', bytes: Buffer.concat([Buffer.from('virus'), large]), message: 'a virus' },
  ])('is refused where it breaks them: $what', async ({ bytes, message }) => {
    const { app, em, doc, transferred } = await savedDoc(bytes);

    doc.checked = doc.file!;

    await expect(em.flush()).rejects.toThrow(message);
    expect(transferred()).toBeLessThan(50_000);
    expect(await app.journal()).toEqual(['a.bin copy due']);
    expect(await app.objects()).toEqual(['a.bin']);
  });

  it.each([
    { what: 'replaced', bytes: large.toReversed(), code: 'INTEGRITY', left: ['a.bin'] },
    { what: 'removed', bytes: undefined, code: 'FILE_NOT_FOUND', left: [] },
  ])('fails when its origin is $what meanwhile', async ({ bytes, code, left }) => {
    const { app, em, doc, origin, target } = await savedDoc(large);
    const { name = '' } = doc.file!;
    onFirst(target, 'CopyObject', async () =>
      bytes === undefined
        ? origin.delete(name)
        : origin.save(name, bytes, { ifExists: 'overwrite' }),
    );

    doc.thumb = doc.file!;

    await expect(em.flush()).rejects.toMatchObject({ code });
    expect(await app.journal()).toEqual(['a.bin copy due']);
    expect(await app.reclaim()).toEqual(left);
  });

  it('passes through this process where it is to be compressed', async () => {
    const options = { gzip: true, gzipTypes: ['text/plain'] };
    const words = 'All work and no play. '.repeat(1000);
    const place = { options, filename: 'a.txt' };
    const { em, doc, target } = await savedDoc(Buffer.from(words), place);

    doc.thumb = doc.file!;
    await em.flush();

    const { ContentEncoding, ContentLength } = await headOf(target, doc.thumb.name!);
    expect(ContentEncoding).toBe('gzip');
    expect(ContentLength).toBeLessThan(1000);
    expect(doc.thumb).toMatchObject({ size: words.length, sha256: doc.file!.sha256 });
    expect(await doc.thumb.text({ verify: true })).toBe(words);
  });

  it.runIf(stranger)('passes through it where the server refuses, and says so', async () => {
    const own = await createBucket();
    await allowOther(own);
    const options = { bucket: own, credentials: stranger! };
    const { app, em, doc } = await savedDoc(large, { options });

    doc.thumb = doc.file!;
    await em.flush();

    expect(await sha256(doc.thumb.stream({ verify: true }))).toBe(doc.file!.sha256);
    expect(app.log).toContainEqual(
      expect.stringMatching(
        /^The bytes of a copy pass through this process: .* access is denied, the credentials need s3:PutObject on it and s3:GetObject on the origin/,
      ),
    );
    expect(await openUploads(own)).toEqual([]);
  });
});
