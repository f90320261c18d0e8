import { deflateRawSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { detectType, isActiveType, typeOfName } from '../../packages/core/src/file-type.ts';

const png = Buffer.from(
  '89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489',
  'hex',
);
const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex');
const pdf = Buffer.from('%PDF-1.7\n%âãÏÓ\n');
const zip = Buffer.concat([
  Buffer.from('504b0304140000000800', 'hex'),
  Buffer.alloc(20),
  deflateRawSync('x'),
]);
const utf16 = Buffer.from('\ufeff<!doctype html><script>', 'utf16le');

describe('the type of a file', () => {
  it.each<
    [
      what: string,
      head: Uint8Array | string,
      filename: string | undefined,
      declared: string | undefined,
      type: string,
    ]
  >([
    ['bytes before the extension', png, 'a.txt', 'text/plain', 'image/png'],
    ['bytes without a name', jpeg, undefined, undefined, 'image/jpeg'],
    ['bytes before a lying declaration', pdf, 'a', 'image/png', 'application/pdf'],
    ['the extension before the declaration', 'a,b', 'a.csv', 'image/png', 'text/csv'],
    ['an extension in capitals', 'a,b', 'A.CSV', undefined, 'text/csv'],
    [
      'the declaration as the last resort',
      '?',
      'a.unknown',
      'application/x-own',
      'application/x-own',
    ],
    ['a declaration without its parameters', '?', undefined, 'Text/Plain; charset=x', 'text/plain'],
    ['a declaration that is none', '?', undefined, 'nonsense', 'application/octet-stream'],
    ['nothing known', '?', undefined, undefined, 'application/octet-stream'],
    ['a name without extension', '?', 'png', undefined, 'application/octet-stream'],
    ['a dot-file', '?', '.png', undefined, 'application/octet-stream'],
    ['no bytes: the extension', '', 'a.png', undefined, 'image/png'],
    ['an image that is none', 'hello', 'a.png', undefined, 'application/octet-stream'],
    ['a declared image that is none', 'hello', undefined, 'image/png', 'application/octet-stream'],
    ['a PDF that is none', 'hello', 'a.pdf', undefined, 'application/octet-stream'],
    [
      'an archive is no encoding',
      Buffer.from('1f8b0800000000000003', 'hex'),
      'a.tar.gz',
      undefined,
      'application/gzip',
    ],
    [
      'a document in a container',
      zip,
      'a.docx',
      undefined,
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    ['a container that is called an image', zip, 'a.png', undefined, 'application/zip'],
    ['a container that is called a page', zip, 'a.html', undefined, 'application/zip'],
    ['a script by its extension', 'alert(1)', 'a.js', 'image/png', 'text/javascript'],
  ])('%s', async (_what, head, filename, declared, type) => {
    const bytes = typeof head === 'string' ? Buffer.from(head) : head;

    expect(await detectType({ head: bytes, filename, declared })).toBe(type);
  });

  it.each([
    ['a number', 7],
    ['an array, as of a parameter that was sent twice', ['a/b', 'c/d']],
    ['an object', {}],
  ])('%s is no declaration', async (_what, declared) => {
    const clues = { head: Buffer.from('?'), filename: 'a', declared };

    expect(await Reflect.apply(detectType, undefined, [clues])).toBe('application/octet-stream');
  });

  it.each<[what: string, head: string | Uint8Array, type: string]>([
    ['a page', '<!DOCTYPE html><p>', 'text/html'],
    ['a page in capitals', '<HTML>', 'text/html'],
    ['a page behind blank lines', ' \r\n\t\n<script>alert(1)</script>', 'text/html'],
    ['a page behind a comment', '<!-- harmless --><body>', 'text/html'],
    ['a comment alone', '<!-- harmless -->', 'text/html'],
    ['a page behind a byte order mark', '\ufeff<iframe src="x">', 'text/html'],
    ['a page in UTF-16', utf16, 'text/html'],
    ['a tag with a handler', '<img src=x onerror=alert(1)>', 'text/html'],
    ['a page behind an instruction', '<?php echo 1 ?><html>', 'text/html'],
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', 'image/svg+xml'],
    ['an SVG with a declaration', '<?xml version="1.0"?>\n<!-- x -->\n<svg>', 'image/svg+xml'],
    [
      'an SVG with a doctype',
      '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "x" "y"><svg>',
      'image/svg+xml',
    ],
    ['an SVG with a prefix', '<?xml version="1.0"?><s:svg xmlns:s="x">', 'image/svg+xml'],
    [
      'XHTML',
      '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">',
      'application/xhtml+xml',
    ],
    ['XML', '<?xml version="1.0"?><note/>', 'application/xml'],
  ])('%s is not hidden behind a harmless name or declaration', async (_what, head, type) => {
    const bytes = typeof head === 'string' ? Buffer.from(head) : head;
    const found = ['a.png', 'a.txt', 'a.pdf', undefined].map((filename) =>
      detectType({ head: bytes, filename, declared: 'image/png' }),
    );

    expect(new Set(await Promise.all(found))).toEqual(new Set([type]));
    expect(isActiveType(type)).toBe(true);
  });

  it.each([
    ['a mail address', 'text: <a@example.org>', 'a.txt', 'text/plain'],
    ['a mail address first', '<ada@example.org> wrote', 'a.txt', 'text/plain'],
    ['a comparison', '< 5 and > 3', 'a.txt', 'text/plain'],
    ['tags inside', 'see <script> in the manual', 'a.md', 'text/markdown'],
    ['a more precise kind of XML', '<?xml version="1.0"?><gpx/>', 'a.gpx', 'application/gpx+xml'],
  ])('%s makes a text no page', async (_what, head, filename, type) => {
    expect(await detectType({ head: Buffer.from(head), filename })).toBe(type);
  });
});

describe('a type that browsers run', () => {
  it.each([
    'text/html',
    'application/xhtml+xml',
    'image/svg+xml',
    'application/xml',
    'text/xml',
    'application/rss+xml',
    'text/javascript',
    'application/javascript',
    'application/x-javascript',
    'application/ecmascript',
    'text/javascript1.5',
    'text/jscript',
    'text/vbscript',
    'text/xsl',
    'message/rfc822',
    'multipart/related',
    'application/x-shockwave-flash',
  ])('is %s', (type) => {
    expect(isActiveType(type)).toBe(true);
  });

  it.each([
    'image/png',
    'text/plain',
    'text/csv',
    'application/pdf',
    'application/json',
    'video/mp4',
  ])('is not %s', (type) => {
    expect(isActiveType(type)).toBe(false);
  });
});

describe('the type that a name stands for', () => {
  it.each([
    ['photo.jpeg', 'image/jpeg'],
    ['archive.tar.gz', 'application/gzip'],
    ['a/b.pdf', 'application/pdf'],
    ['dir.png/plain', undefined],
    ['png', undefined],
    ['.png', undefined],
    ['a.', undefined],
  ])('%s', (filename, type) => {
    expect(typeOfName(filename)).toBe(type);
  });
});
