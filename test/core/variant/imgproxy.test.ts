import { resize, StorageOptionsError, variant } from '@filefield/core';
import { imgproxy, type ImgproxyOptions } from '@filefield/core/transformers';
import { describe, expect, it } from 'vitest';
import { imgproxySignature } from '../../../packages/core/src/variant/transformers/imgproxy-signature.ts';
import { hostileNames, storageOf, transforming, type Asked } from './transformed.ts';

const secrets = { key: '736563726574', salt: '68656C6C6F' };

/** What the URL asks imgproxy for, as its own parser reads it: options, source and extension. */
function read(url: string): { options: string[]; source: string; extension: string } {
  const parts = new URL(url).pathname.split('/').slice(2);
  const start = parts.findIndex((part) => !part.includes(':'));
  const [options, written] = [parts.slice(0, start), parts.slice(start)];
  if (written[0] === 'plain') {
    const [source, extension, ...rest] = written.slice(1).join('/').split('@');
    expect(rest).toEqual([]);
    return { options, source: decodeURIComponent(source!), extension: extension! };
  }
  const [source, extension] = written.join('').split('.');
  return { options, source: Buffer.from(source!, 'base64url').toString(), extension: extension! };
}

function urlOf(asked: Asked, options: Partial<ImgproxyOptions> = {}): string | undefined {
  return imgproxy({ url: 'https://img.test/', ...options }).url(transforming(asked));
}

describe('imgproxy()', () => {
  it('signs as the documentation of imgproxy shows it', () => {
    const sign = imgproxySignature({ ...secrets, size: 32 })!;

    expect(
      sign('/rs:fill:300:400:0/g:sm/aHR0cDovL2V4YW1w/bGUuY29tL2ltYWdl/cy9jdXJpb3NpdHku/anBn.png'),
    ).toBe('oKfUtW34Dvo2BGQehJFR4Nr0_rIjOtdtzJ3QFsUcXH8');
  });

  it('makes a URL that says what the variant is', () => {
    expect(urlOf({}, secrets)).toBe(
      'https://img.test/nkUJP9PBnwsWxUoHq2mw8UcNF5fFrORV-yYHPvtVmHk' +
        '/rs:fill-down:200:100:0:0/aHR0cHM6Ly9maWxlcy50ZXN0L21lZGlhL21lLmpwZw.webp',
    );
  });

  it('writes "unsafe" in the place of a signature without a key', () => {
    expect(urlOf({})).toMatch(/^https:\/\/img\.test\/unsafe\/rs:/);
  });

  it('cuts the signature only where imgproxy does', () => {
    const [whole, cut] = [urlOf({}, secrets)!, urlOf({}, { ...secrets, signatureSize: 6 })!];

    expect(cut.split('/')[3]).toBe(whole.split('/')[3]!.slice(0, 8));
  });

  it.each<[what: string, definition: ReturnType<typeof resize>, options: string[]]>([
    ['cover', resize(200, 100), ['rs:fill-down:200:100:0:0']],
    ['cover, enlarged', resize(200, 100, 'cover', { enlarge: true }), ['rs:fill:200:100:1:0']],
    ['contain', resize(200, 100, 'contain'), ['rs:fit:200:100:0:1']],
    [
      'contain on a color',
      resize(200, 100, 'contain', { background: '#fa0' }),
      ['rs:fit:200:100:0:1', 'bg:ffaa00'],
    ],
    ['fill', resize(200, 100, 'fill'), ['rs:force:200:100:0:0']],
    ['inside', resize(200, 100, 'inside'), ['rs:fit:200:100:0:0']],
    ['a width', resize(640), ['rs:fit:640:0:0:0']],
    [
      'a width, with nothing to fill',
      resize(640, undefined, 'contain', { background: '#fa0' }),
      ['rs:fit:640:0:0:0'],
    ],
    ['a height, never distorted', resize(undefined, 64, 'fill'), ['rs:fit:0:64:0:0']],
    ['a width outside', resize(640, undefined, 'outside'), ['rs:fit:640:0:0:0']],
    [
      'a JPEG of a quality',
      resize(64, 64, 'fill', { type: 'image/jpeg', quality: 70 }),
      ['rs:force:64:64:0:0', 'q:70', 'bg:ffffff'],
    ],
    [
      'a PNG, without loss',
      resize(64, 64, 'fill', { type: 'image/png', quality: 70 }),
      ['rs:force:64:64:0:0'],
    ],
  ])('asks for %s', (_what, definition, options) => {
    expect(read(urlOf({ definition })!).options).toEqual(options);
  });

  it.each<[what: string, asked: Asked]>([
    ['outside of a box', { definition: resize(200, 100, 'outside') }],
    [
      'what a function makes',
      {
        definition: variant(async () => ({ bytes: new Uint8Array() }), {
          type: 'image/png',
          version: 1,
        }),
      },
    ],
    ['private files without a source', { storage: storageOf('private') }],
  ])('leaves %s to others', (_what, asked) => {
    expect(urlOf(asked, secrets)).toBeUndefined();
  });

  it.each(hostileNames)('finds originals with %s in their names', (_what, name) => {
    const urls = (['base64', 'plain'] as const).map((encoding) => urlOf({ name }, { encoding })!);

    const sources = urls.map((url) => read(url));

    expect(sources.map(({ extension }) => extension)).toEqual(['webp', 'webp']);
    expect(sources.map(({ source }) => decodeURIComponent(new URL(source).pathname))).toEqual([
      `/media/${name}`,
      `/media/${name}`,
    ]);
  });

  it('reads private files where the application says, signed and for a while', () => {
    const source: ImgproxyOptions['source'] = ({ row }) => `s3://photos/${row.name}`;
    const asked = { name: 'a b?.jpg', storage: storageOf('private'), options: { expiresIn: 600 } };

    const { options, source: found } = read(urlOf(asked, { ...secrets, source })!);

    const left = Number(options[1]!.replace('exp:', '')) - Date.now() / 1000;
    expect(found).toBe('s3://photos/a b?.jpg');
    expect(left > 299 && left <= 600).toBe(true);
    expect(urlOf(asked, { source })).toBeUndefined();
  });

  it('keeps what a download is called, whose extension imgproxy adds', () => {
    const { options } = read(urlOf({ options: { download: 'Größe "1".webp' } })!);

    expect(options.slice(1)).toEqual([
      `fn:${Buffer.from('Größe "1"').toString('base64url')}:1`,
      'att:1',
    ]);
  });

  it.each<[what: string, options: Record<string, unknown>]>([
    ['no URL', { url: 'javascript:alert(1)' }],
    ['nothing as URL', { url: undefined }],
    ['a URL with a query', { url: 'https://img.test/?a=1' }],
    ['a key without salt', { key: '00' }],
    ['a salt without key', { salt: '00' }],
    ['a key that is not hexadecimal', { ...secrets, key: 'secret' }],
    ['half a byte', { ...secrets, salt: 'abc' }],
    ['an empty key', { ...secrets, key: '' }],
    ['no signature', { ...secrets, signatureSize: 0 }],
    ['more signature than there is', { ...secrets, signatureSize: 33 }],
    ['another encoding', { encoding: 'rot13' }],
    ['a source that is no function', { source: 's3://photos/' }],
    ['more than a week', { urlExpiresIn: 604_801 }],
  ])('refuses %s', (_what, options) => {
    expect(() => imgproxy({ url: 'https://img.test/', ...options })).toThrow(StorageOptionsError);
  });
});
