import { describe, expect, it } from 'vitest';

import { acceptIssue, acceptProblem } from '../../packages/core/src/accept.ts';
import { detectType } from '../../packages/core/src/file-type.ts';

const png = Buffer.from(
  '89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489',
  'hex',
);
const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex');
const pdf = Buffer.from('%PDF-1.7\n');
const gzip = Buffer.from('1f8b0800000000000003', 'hex');
const zip = Buffer.from('504b0304140000000000', 'hex');
const html = Buffer.from('<!doctype html><script>alert(1)</script>');
const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
const text = Buffer.from('a;b\n1;2\n');

/** Whether a file of these bytes is accepted under this name. */
async function isAccepted(
  accept: readonly string[],
  head: Uint8Array,
  filename?: string,
  declared?: string,
): Promise<boolean> {
  const type = await detectType({ head, filename, declared });
  return acceptIssue(accept, { filename, type, size: head.byteLength, head }) === undefined;
}

describe('accept', () => {
  it.each<[what: string, accept: string[], head: Uint8Array, filename?: string, declared?: string]>(
    [
      ['a type that the bytes have', ['image/png'], png, 'me.png'],
      ['a type that the bytes have under another name', ['image/png'], png, 'me.jpg'],
      ['a type that the bytes have without a name', ['image/png'], png],
      ['a type in capitals', ['Image/PNG'], png, 'me.png'],
      ['a family of types', ['image/*'], jpeg, 'me.jpg'],
      ['the second of several', ['application/pdf', 'image/*'], png, 'me.png'],
      ['an extension that the bytes confirm', ['.png'], png, 'me.png'],
      ['an extension in capitals', ['.png'], png, 'ME.PNG'],
      ['an extension that is asked for in capitals', ['.PDF'], pdf, 'a.pdf'],
      ['an extension of two parts', ['.tar.gz'], gzip, 'backup.tar.gz'],
      ['an extension whose bytes say nothing', ['.csv'], text, 'table.csv'],
      ['an extension that nobody knows', ['.xyz123'], text, 'table.xyz123'],
      ['a document that is a ZIP archive inside', ['.docx'], zip, 'letter.docx'],
      ['the type of the extension where the bytes say nothing', ['text/csv'], text, 'table.csv'],
      ['the declared type where nothing else speaks', ['text/csv'], text, 'table', 'text/csv'],
      ['a declared type with parameters', ['text/csv'], text, 'table', 'text/csv; charset=utf-8'],
      ['SVG where it is asked for', ['image/svg+xml'], svg, 'logo.svg'],
    ],
  )('lets in %s', async (_what, accept, head, filename, declared) => {
    expect(await isAccepted(accept, head, filename, declared)).toBe(true);
  });

  it.each<[what: string, accept: string[], head: Uint8Array, filename?: string, declared?: string]>(
    [
      ['another type', ['image/png'], jpeg, 'me.jpg'],
      ['another type under a fitting name', ['image/png'], jpeg, 'me.png'],
      ['another type that is declared to fit', ['image/png'], jpeg, 'me.jpg', 'image/png'],
      ['a page behind the name of an image', ['image/*'], html, 'me.png'],
      ['a page behind the declaration of an image', ['image/*'], html, 'me', 'image/png'],
      ['a page behind an extension', ['.png'], html, 'me.png'],
      ['text behind an extension whose bytes are known', ['.pdf'], text, 'a.pdf'],
      ['the right bytes under another extension', ['.png'], png, 'me.txt'],
      ['the right bytes without a name', ['.png'], png],
      ['the right bytes without an extension', ['.png'], png, 'png'],
      ['a name that only holds the extension', ['.png'], png, 'me.png.exe'],
      ['a family that only begins alike', ['image/*'], text, 'a', 'imagery/png'],
      ['an archive for an extension of two parts', ['.tar.gz'], gzip, 'backup.gz'],
      ['an executable named as a document', ['.docx'], Buffer.from('MZ\x90\0'), 'letter.docx'],
      ['no bytes for a type of bytes', ['image/png'], new Uint8Array(), 'me.txt'],
    ],
  )('keeps out %s', async (_what, accept, head, filename, declared) => {
    expect(await isAccepted(accept, head, filename, declared)).toBe(false);
  });

  it('says what was found and what to choose', () => {
    const file = { filename: 'me.exe', type: 'application/x-msdownload', size: 1, head: text };

    expect(acceptIssue(['image/*', '.pdf'], file)).toEqual({
      validator: 'accept',
      message: 'application/x-msdownload is not accepted here, choose image/*, .pdf',
      expected: ['image/*', '.pdf'],
      received: 'application/x-msdownload',
    });
  });

  it.each([
    ['nothing', [], 'accept is empty, which refuses every file'],
    ['a word', ['image'], 'accept holds "image", neither'],
    ['an extension without its dot', ['png'], 'accept holds "png", neither'],
    ['a dot', ['.'], 'accept holds ".", neither'],
    ['a path', ['./a'], 'accept holds "./a", neither'],
    ['a type with parameters', ['text/csv; charset=utf-8'], 'accept holds "text/csv; charset'],
    ['a list in one string', ['.png,.jpg'], 'accept holds ".png,.jpg"'],
    ['everything', ['*/*'], 'accept holds "*/*", neither'],
  ])('cannot be %s', (_what, accept, problem) => {
    expect(acceptProblem(accept)).toContain(problem);
  });

  it.each([
    ['image/png'],
    ['image/*'],
    ['.pdf'],
    ['.tar.gz'],
    ['application/vnd.ms-excel'],
    ['.7z'],
  ])('may be %s', (entry) => {
    expect(acceptProblem([entry])).toBeUndefined();
  });
});
