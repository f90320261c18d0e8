import { MemoryStorage } from '@filefield/core';
import { serveFile, type ServeOptions } from '@filefield/http';
import { describe, expect, it } from 'vitest';
import { fileOf, uniqueText } from './served-files.ts';

const storage = new MemoryStorage();
await storage.save(uniqueText, 'Hello, world');

/** The headers of a file whose row says this. */
async function served(row: object, options?: ServeOptions): Promise<Headers> {
  const file = fileOf(storage, { name: uniqueText, size: 12, type: 'text/plain', ...row });
  const request = new Request('http://localhost/', { method: 'HEAD' });
  return (await serveFile(file, request, options)).headers;
}

const shut = "default-src 'none'; sandbox";
const shown = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
const played =
  "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox allow-same-origin";

describe('a file of the type', () => {
  it.each<[type: unknown, told: string, policy: string]>([
    ['image/png', 'image/png', shown],
    ['IMAGE/JPEG', 'image/jpeg', shown],
    ['image/webp; q=1', 'image/webp', shown],
    ['video/mp4', 'video/mp4', played],
    ['audio/mpeg', 'audio/mpeg', played],
    ['text/plain', 'text/plain; charset=utf-8', shown],
    ['text/plain; charset=latin1', 'text/plain; charset=utf-8', shown],
    ['application/pdf', 'application/pdf', shown],
  ])('%s is shown', async (type, told, policy) => {
    const headers = await served({ type });

    expect(headers.get('content-disposition')).toMatch(/^inline;/);
    expect(headers.get('content-type')).toBe(told);
    expect(headers.get('content-security-policy')).toBe(policy);
  });

  it.each<[type: unknown, told: string]>([
    ['image/svg+xml', 'image/svg+xml'],
    ['text/html', 'application/octet-stream'],
    ['TEXT/HTML;charset=utf-7', 'application/octet-stream'],
    ['application/xhtml+xml', 'application/octet-stream'],
    ['application/xml', 'application/octet-stream'],
    ['text/javascript', 'application/octet-stream'],
    ['text/javascript1.5', 'application/octet-stream'],
    ['application/wasm', 'application/octet-stream'],
    ['text/css', 'application/octet-stream'],
    ['multipart/x-mixed-replace', 'application/octet-stream'],
    ['text/csv', 'text/csv; charset=utf-8'],
    ['application/zip', 'application/zip'],
    ['image/x-unheard-of', 'image/x-unheard-of'],
    ['image/png\r\nX-Evil: 1', 'application/octet-stream'],
    ['image/png, text/html', 'application/octet-stream'],
    ['<script>', 'application/octet-stream'],
    ['', 'application/octet-stream'],
    ['\u{1f600}/png', 'application/octet-stream'],
  ])('%s is saved, even where it is to be shown', async (type, told) => {
    const headers = await served({ type }, { disposition: 'inline' });

    expect(headers.get('content-disposition')).toMatch(/^attachment;/);
    expect(headers.get('content-type')).toBe(told);
    expect(headers.get('content-security-policy')).toBe(shut);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each([[7], [null], [{}], [['text/html']]])('%j is found by the name', async (type) => {
    const headers = await served({ type });

    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('image/svg+xml is shown where the application says so, and does not run', async () => {
    const headers = await served({ type: 'image/svg+xml' }, { inlineTypes: ['image/svg+xml'] });

    expect(headers.get('content-disposition')).toMatch(/^inline;/);
    expect(headers.get('content-security-policy')).toBe(shown);
  });

  it('image/png is saved where the application says so', async () => {
    const headers = await served({ type: 'image/png' }, { disposition: 'attachment' });

    expect(headers.get('content-disposition')).toMatch(/^attachment;/);
    expect(headers.get('content-security-policy')).toBe(shut);
  });
});

describe('the filename of a download', () => {
  it.each<[what: string, filename: unknown, header: string]>([
    ['plain', 'me.png', 'me.png'],
    ['with blanks', 'my cat.png', '"my cat.png"'],
    ['with quotes', 'a "b".png', String.raw`"a \"b\".png"`],
    ['with umlauts', 'Grüße.txt', `"Gr??e.txt"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt`],
    ['in Japanese', '写真.jpg', `"??.jpg"; filename*=UTF-8''%E5%86%99%E7%9C%9F.jpg`],
    ['with an emoji', '😀.txt', `"??.txt"; filename*=UTF-8''%F0%9F%98%80.txt`],
    ['that seems encoded', '100%25.txt', `100%25.txt; filename*=UTF-8''100%2525.txt`],
    ['with a semicolon', 'a;filename=b.exe', '"a;filename=b.exe"'],
    ['that splits the header', 'a\r\nX-Evil: 1.txt', '"aX-Evil: 1.txt"'],
    ['with NUL', 'a\0.txt', 'a.txt'],
    ['that turns back', 'a\u202Etxt.exe', 'atxt.exe'],
    ['with half a character', 'a\ud800b.txt', `"a?b.txt"; filename*=UTF-8''a%EF%BF%BDb.txt`],
    ['that is a path', '../../etc/passwd', 'passwd'],
    ['of Windows', String.raw`C:\temp\me.png`, 'me.png'],
    ['that is markup', '<script>.txt', '"<script>.txt"'],
    ['of which nothing is left', '..', 'hello_qdec65nj3jefs89s363v0r.txt'],
    ['that is empty', '', 'hello_qdec65nj3jefs89s363v0r.txt'],
    ['that is a number', 7, 'hello_qdec65nj3jefs89s363v0r.txt'],
    ['that is null', null, 'hello_qdec65nj3jefs89s363v0r.txt'],
  ])('may be one %s', async (_what, filename, header) => {
    const headers = await served({ filename }, { disposition: 'attachment' });

    expect(headers.get('content-disposition')).toBe(`attachment; filename=${header}`);
    expect(headers.get('x-evil')).toBeNull();
  });

  it('has at most 255 bytes', async () => {
    const headers = await served({ filename: `${'x'.repeat(5000)}.txt` });

    expect(headers.get('content-disposition')).toMatch(/^inline; filename=x{251}\.txt$/);
  });

  it('is the one that the application chooses', async () => {
    const headers = await served({ filename: 'a.txt' }, { filename: 'b.txt' });

    expect(headers.get('content-disposition')).toBe('inline; filename=b.txt');
  });
});

describe('a row that raw SQL wrote', () => {
  it.each<[what: string, row: object]>([
    ['no size', { size: undefined }],
    ['a negative size', { size: -1 }],
    ['half a byte', { size: 0.5 }],
    ['a text for a size', { size: '12' }],
    ['a date that is none', { uploadedAt: 'yesterday' }],
    ['a number for a date', { uploadedAt: 7 }],
  ])('may hold %s', async (_what, row) => {
    const headers = await served(row);

    expect(headers.get('content-length')).toBe('12');
  });

  it.each(['2999-01-01T00:00:00Z', '1066-10-14T00:00:00Z', 'yesterday', '+275760-01-01'])(
    'tells no change at %s',
    async (uploadedAt) => {
      const headers = await served({ uploadedAt });

      expect(headers.get('last-modified')).toBeNull();
    },
  );

  it.each([['../secret.txt'], ['.filefield/owner'], ['a\0b'], [''], [7], [null]])(
    'is 404 where its name is none: %j',
    async (name) => {
      const file = fileOf(storage, { name, size: 12, type: 'text/plain' });

      const { status } = await serveFile(file, new Request('http://localhost/'));

      expect(status).toBe(404);
    },
  );
});
