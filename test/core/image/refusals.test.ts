import { FileValidationError } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import {
  bmp,
  bytes,
  gif,
  heif,
  jpeg,
  jpegSegment,
  losslessWebp,
  png,
  pngChunk,
  tiff,
  u32,
  webp,
  zip,
} from '../../support/image-bytes.ts';
import { inspect, type InspectOptions } from './inspect.ts';

const svg = bytes('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
const cut = (image: Buffer, off = 1) => image.subarray(0, image.byteLength - off);
const script = '<script>alert(1)</script>';
const far = Buffer.alloc(5000);
const film = bytes(u32(24), 'ftypmp42', u32(0), 'mp42isom', Buffer.alloc(40));

type Row = [what: string, refusal: string, filename: string, image: Buffer, more?: InspectOptions];

const refused: Row[] = [
  ['nothing at all', 'image', 'a.png', bytes()],
  ['text', 'image', 'a.png', bytes('hello')],
  ['a page', 'image', 'a.png', bytes('<!doctype html><p>hi')],
  ['a page behind a blank', 'image', 'a.gif', bytes(' \n<html>')],
  ['a PDF', 'image', 'a.jpg', bytes('%PDF-1.7\n')],
  ['a zip archive', 'image', 'a.jpg', zip()],
  ['a program', 'image', 'a.bmp', bytes('MZ\x90\0', Buffer.alloc(100))],
  ['an MP4', 'image', 'a.heic', film],
  ['an icon', 'image', 'a.png', bytes('\0\0\x01\0\x01\0', Buffer.alloc(40))],
  ['an SVG', 'image', 'a.svg', svg],
  ['an SVG called PNG', 'image', 'a.png', svg],
  ['an SVG where images are accepted', 'image', 'a.svg', svg, { accept: ['image/*'] }],
  ['only a PNG signature', 'imageData', 'a.png', cut(png(), png().byteLength - 20)],
  ['a JPEG called PNG', 'imageType', 'a.png', jpeg()],
  ['a PNG called JPEG', 'imageType', 'a.jpg', png()],
  ['a GIF called PHP', 'imageType', 'a.php', gif()],
  ['a GIF called HTML', 'imageType', 'a.gif.html', gif()],
  ['a WebP called AVIF', 'imageType', 'a.avif', webp()],
  ['a PNG sent as JPEG', 'imageType', 'a', png(), { declared: 'image/jpeg' }],
  ['a GIF sent as a page', 'imageType', 'a', gif(), { declared: 'text/html' }],
  ['a PNG without IEND', 'imageData', 'a.png', cut(png(), 12)],
  ['a PNG cut in IEND', 'imageData', 'a.png', cut(png())],
  ['a PNG cut in its pixels', 'imageData', 'a.png', cut(png(), 20)],
  ['a PNG without pixels', 'imageData', 'a.png', bytes(png().subarray(0, 33), pngChunk('IEND'))],
  ['a PNG with junk for a chunk', 'imageData', 'a.png', bytes(cut(png(), 12), '????????????')],
  ['a JPEG without EOI', 'imageData', 'a.jpg', cut(jpeg(), 2)],
  ['a JPEG cut in its pixels', 'imageData', 'a.jpg', cut(jpeg(), 5)],
  ['a JPEG cut in its header', 'imageData', 'a.jpg', jpeg().subarray(0, 30)],
  ['a JPEG without pixels', 'imageData', 'a.jpg', bytes(jpeg().subarray(0, 20), '\xff\xd9')],
  ['a JPEG of junk', 'imageData', 'a.jpg', bytes(jpeg().subarray(0, 20), 'junkjunk')],
  ['a GIF without trailer', 'imageData', 'a.gif', cut(gif())],
  ['a GIF cut in a frame', 'imageData', 'a.gif', cut(gif(), 4)],
  ['a GIF without frames', 'imageData', 'a.gif', gif({ frames: 0 })],
  ['a GIF of junk', 'imageData', 'a.gif', bytes(cut(gif()), 'junk')],
  ['a WebP shorter than it says', 'imageData', 'a.webp', cut(webp())],
  [
    'a WebP whose chunk is too long',
    'imageData',
    'a.webp',
    bytes('RIFF\x14\0\0\0WEBPVP8 \xff\0\0\0', Buffer.alloc(300)),
  ],
  ['a WebP without pixels', 'imageData', 'a.webp', bytes('RIFF\x0c\0\0\0WEBPXMP \0\0\0\0')],
  ['a BMP without its last row', 'imageData', 'a.bmp', cut(bmp(), 12)],
  ['a TIFF without directory', 'imageData', 'a.tif', cut(tiff(), 42)],
  ['a TIFF cut in its directory', 'imageData', 'a.tif', cut(tiff(), 20)],
  ['an AVIF cut in its pixels', 'imageData', 'a.avif', cut(heif('avif'))],
  ['an AVIF without properties', 'imageData', 'a.avif', heif('avif').subarray(0, 24)],
  ['a HEIC cut in its properties', 'imageData', 'a.heic', heif('heic').subarray(0, 60)],
  ['a PNG without width', 'imageData', 'a.png', png({ width: 0 })],
  ['a JPEG without height', 'imageData', 'a.jpg', jpeg({ height: 0 })],
  ['a GIF without size', 'imageData', 'a.gif', gif({ width: 0, height: 0 })],
  ['a PNG bomb', 'maxPixels', 'a.png', png({ width: 30_000, height: 30_000 })],
  ['the largest PNG', 'maxPixels', 'a.png', png({ width: 0x7fffffff, height: 0x7fffffff })],
  ['a JPEG bomb', 'maxPixels', 'a.jpg', jpeg({ width: 65_535, height: 65_535 })],
  ['a GIF bomb', 'maxPixels', 'a.gif', gif({ width: 65_535, height: 65_535 })],
  ['a WebP bomb', 'maxPixels', 'a.webp', webp({ width: 16_000, height: 16_000 })],
  ['a lossless WebP bomb', 'maxPixels', 'a.webp', losslessWebp(16_000, 16_000)],
  ['a TIFF bomb', 'maxPixels', 'a.tif', tiff({ width: 100_000, height: 100_000 })],
  ['an AVIF bomb', 'maxPixels', 'a.avif', heif('avif', { width: 65_536, height: 65_536 })],
  ['a GIF with too many frames', 'maxFrames', 'a.gif', gif({ frames: 6 })],
  ['a PNG with too many frames', 'maxFrames', 'a.png', png({ frames: 6 })],
  ['a WebP with too many frames', 'maxFrames', 'a.webp', webp({ frames: 6 })],
  [
    'an animation where none may be',
    'maxFrames',
    'a.gif',
    gif({ frames: 2 }),
    { limits: { maxFrames: 1 } },
  ],
  ['a PNG and a zip', 'imageTrailer', 'a.png', bytes(png(), zip())],
  ['a JPEG and a zip', 'imageTrailer', 'a.jpg', bytes(jpeg(), zip('comment'))],
  [
    'a zip around the end of a JPEG',
    'imageTrailer',
    'a.jpg',
    jpeg({ comment: bytes('PK\x05\x06', Buffer.alloc(18)) }),
  ],
  ['a zip in a GIF', 'imageTrailer', 'a.gif', bytes(gif(), zip())],
  ['a zip behind an AVIF', 'imageData', 'a.avif', bytes(heif('avif'), zip())],
  ['a zip behind a TIFF', 'imageTrailer', 'a.tif', bytes(tiff(), zip())],
  ['a PNG and text', 'imageTrailer', 'a.png', bytes(png(), 'more')],
  ['a GIF and text behind padding', 'imageTrailer', 'a.gif', bytes(gif(), '\0\0\0more')],
  ['a WebP and text', 'imageTrailer', 'a.webp', bytes(webp(), 'more')],
  ['a JPEG and text', 'imageTrailer', 'a.jpg', bytes(jpeg(), 'more')],
  ['a PNG and a page', 'imageMarkup', 'a.png', bytes(png(), '<html>')],
  [
    'a page behind the film of a JPEG',
    'imageMarkup',
    'a.jpg',
    bytes(jpeg(), film, Buffer.alloc(9000), script),
  ],
  ['a script in a comment of a GIF', 'imageMarkup', 'a.gif', gif({ comment: script })],
  ['a script in a comment of a JPEG', 'imageMarkup', 'a.jpg', jpeg({ comment: script })],
  ['a script far into a JPEG', 'imageMarkup', 'a.jpg', jpeg({ lead: 120_000, comment: script })],
  ['a script in a text of a PNG', 'imageMarkup', 'a.png', png({ comment: '<ScRiPt src=//x>' })],
  ['a frame in a text of a PNG', 'imageMarkup', 'a.png', png({ comment: '<iframe src=x>' })],
  [
    'PHP in EXIF',
    'imageMarkup',
    'a.jpg',
    bytes('\xff\xd8', jpegSegment(0xe1, '<?php system($_GET[0]);'), jpeg().subarray(2)),
  ],
  ['a page in the XMP of a WebP', 'imageMarkup', 'a.webp', webp({ comment: '<!DOCTYPE html>' })],
  [
    'a script in the pixels of a BMP',
    'imageMarkup',
    'a.bmp',
    Buffer.from(bmp().fill('<script>', 60, 68)),
  ],
  [
    'a script behind an AVIF',
    'imageMarkup',
    'a.avif',
    bytes(heif('avif'), u32(0), 'free', far, script),
  ],
  [
    'a script in a table of a JPEG',
    'imageMarkup',
    'a.jpg',
    bytes('\xff\xd8', jpegSegment(0xe2, far), jpegSegment(0xdb, script), jpeg().subarray(2)),
  ],
  [
    'a GIF in blocks of one byte',
    'imageData',
    'a.gif',
    bytes(cut(gif()), '!\xfe', Buffer.alloc(60_000, '\x01A'), '\0;'),
  ],
  [
    'a JPEG in segments of one byte',
    'imageData',
    'a.jpg',
    bytes('\xff\xd8', Buffer.alloc(60_000, jpegSegment(0xe0, 'A')), jpeg().subarray(2)),
  ],
  ['a PDF in a PNG', 'imageMarkup', 'a.png', png({ comment: '%PDF-1.4' })],
];

const accepted: Row[] = [
  ['a name without extension', '', 'blob', png()],
  ['no name', '', '', webp()],
  ['an extension in capitals', '', 'IMG_1.JPG', jpeg()],
  ['a type that nobody knows', '', 'a.png', png(), { declared: 'application/octet-stream' }],
  ['an older name of a type', '', 'a.jpg', jpeg(), { declared: 'image/jpg' }],
  ['an animation within the limit', '', 'a.gif', gif({ frames: 5 })],
  ['padding behind a GIF', '', 'a.gif', bytes(gif(), Buffer.alloc(500))],
  ['the preview that a camera appends', '', 'a.jpg', bytes(jpeg(), jpeg())],
  ['the film that a telephone appends', '', 'a.jpg', bytes(jpeg(), film)],
  ['what a Samsung telephone appends', '', 'a.jpg', bytes(jpeg(), '\0\0\x01\x0a data SEFT')],
  ['pixels behind an AVIF', '', 'a.avif', bytes(heif('avif'), u32(0), 'mdat', far, script)],
  [
    'a JPEG whose pixels are all escaped',
    '',
    'a.jpg',
    bytes(cut(jpeg(), 2), Buffer.alloc(60_000, '\xff\0', 'latin1'), '\xff\xff\xff\xd9'),
  ],
  ['XMP', '', 'a.webp', webp({ comment: '<x:xmpmeta><rdf:RDF/></x:xmpmeta>' })],
  ['text that is not markup', '', 'a.png', png({ comment: 'a < b, body > html' })],
  ['an SVG that is asked for', '', 'a.svg', svg, { accept: ['image/svg+xml'] }],
];

/** The rules that refuse an image, joined; empty where none does. */
async function refusal(image: Buffer, options: InspectOptions): Promise<string> {
  try {
    await inspect(image, options);
    return '';
  } catch (error) {
    if (!(error instanceof FileValidationError)) throw error;
    return error.issues.map(({ validator }) => validator).join();
  }
}

describe('an image field refuses', () => {
  it.each(refused)('%s: %s', async (_, rule, filename, image, more) => {
    expect(await refusal(image, { filename, ...more })).toContain(rule);
  });

  it.each(refused)('%s: %s, byte by byte too', async (_, rule, filename, image, more) => {
    expect(await refusal(image, { filename, ...more, chunk: 7 })).toContain(rule);
  });
});

describe('an image field takes', () => {
  it.each(accepted)('%s%s', async (_, rule, filename, image, more) => {
    const named = filename === '' ? {} : { filename };

    expect(await refusal(image, { ...named, ...more })).toBe(rule);
    expect(await refusal(image, { ...named, ...more, chunk: 7 })).toBe(rule);
  });
});
