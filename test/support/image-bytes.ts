/** Bytes of a small image; the pixels mean nothing, the structure is right. */
export interface ImageShape {
  readonly width?: number;
  readonly height?: number;
  /** Frames of an animation. */
  readonly frames?: number;
  /** EXIF orientation. */
  readonly orientation?: number;
  /** Text in the format's own kind of comment. */
  readonly comment?: string | Uint8Array;
  /** Bytes of other data before the header, or where a format has it in front, behind it. */
  readonly lead?: number;
}

export function bytes(...parts: (number | string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.map((part) =>
      typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part as string, 'latin1'),
    ),
  );
}

export function u16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value);
  return buffer;
}

export function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

function le16(value: number): Buffer {
  return Buffer.from(u16(value).toReversed());
}

export function le32(value: number): Buffer {
  return Buffer.from(u32(value).toReversed());
}

const nothing = Buffer.alloc(0);

export function exif(orientation: number): Buffer {
  return bytes(
    'II*\0',
    le32(8),
    le16(1),
    le16(0x112),
    le16(3),
    le32(1),
    le32(orientation),
    le32(0),
  );
}

export function pngChunk(type: string, body: string | Uint8Array = nothing): Buffer {
  return bytes(u32(body.length), type, body, u32(0));
}

export function png({
  width = 4,
  height = 3,
  frames,
  orientation,
  comment,
}: ImageShape = {}): Buffer {
  const animated = Array.from({ length: frames ?? 0 }, () =>
    bytes(pngChunk('fcTL', Buffer.alloc(26)), pngChunk('fdAT', 'xxxxpixels')),
  );
  return bytes(
    '\x89PNG\r\n\x1a\n',
    pngChunk('IHDR', bytes(u32(width), u32(height), 8, 2, 0, 0, 0)),
    frames === undefined ? nothing : pngChunk('acTL', bytes(u32(frames), u32(0))),
    orientation === undefined ? nothing : pngChunk('eXIf', exif(orientation)),
    comment === undefined ? nothing : pngChunk('tEXt', bytes('Comment\0', comment)),
    pngChunk('IDAT', 'pixels'),
    ...animated,
    pngChunk('IEND'),
  );
}

export function jpegSegment(marker: number, body: string | Uint8Array): Buffer {
  return bytes(0xff, marker, u16(body.length + 2), body);
}

export function jpeg({
  width = 4,
  height = 3,
  orientation,
  comment,
  lead = 0,
}: ImageShape = {}): Buffer {
  const turned =
    orientation === undefined ? nothing : jpegSegment(0xe1, bytes('Exif\0\0', exif(orientation)));
  const full = Array.from({ length: Math.floor(lead / 60_000) }, () =>
    jpegSegment(0xe2, Buffer.alloc(60_000)),
  );
  return bytes(
    '\xff\xd8',
    jpegSegment(0xe0, 'JFIF\0\x01\x01\0\0\x01\0\x01\0\0'),
    turned,
    ...full,
    comment === undefined ? nothing : jpegSegment(0xfe, bytes(comment)),
    jpegSegment(0xc0, bytes(8, u16(height), u16(width), 1, 1, 0x11, 0)),
    jpegSegment(0xda, '\x01\x01\0\0\x3f\0'),
    'pi\xff\0xe\xff\xd0ls',
    '\xff\xd9',
  );
}

export function gif({ width = 4, height = 3, frames = 1, comment }: ImageShape = {}): Buffer {
  const frame = bytes(',', le16(0), le16(0), le16(width), le16(height), 0, 2, 3, 'pix', 0);
  return bytes(
    'GIF89a',
    le16(width),
    le16(height),
    0x80,
    0,
    0,
    '\0\0\0\xff\xff\xff',
    comment === undefined ? nothing : bytes(0x21, 0xfe, comment.length, comment, 0),
    ...Array.from({ length: frames }, () => frame),
    ';',
  );
}

export function webpChunk(type: string, body: Uint8Array): Buffer {
  return bytes(type, le32(body.length), body, body.length % 2 === 1 ? 0 : nothing);
}

export function webp({
  width = 4,
  height = 3,
  frames,
  orientation,
  comment,
  lead = 0,
}: ImageShape = {}): Buffer {
  const size = [width - 1, height - 1].map((side) => le32(side).subarray(0, 3)) as [Buffer, Buffer];
  const lossy = webpChunk(
    'VP8 ',
    bytes('\x30\x01\x00\x9d\x01\x2a', le16(width), le16(height), 'px'),
  );
  const animated = Array.from({ length: frames ?? 0 }, () =>
    webpChunk('ANMF', bytes('\0\0\0\0\0\0', ...size, '\0\0\0\0', lossy)),
  );
  const chunks = bytes(
    webpChunk('VP8X', bytes('\x0a\0\0\0', ...size)),
    lead === 0 ? nothing : webpChunk('ALPH', Buffer.alloc(lead)),
    ...(frames === undefined ? [lossy] : animated),
    orientation === undefined ? nothing : webpChunk('EXIF', exif(orientation)),
    comment === undefined ? nothing : webpChunk('XMP ', bytes(comment)),
  );
  return bytes('RIFF', le32(chunks.length + 4), 'WEBP', chunks);
}

export function losslessWebp(width: number, height: number): Buffer {
  const chunk = webpChunk('VP8L', bytes(0x2f, le32((width - 1) | ((height - 1) << 14)), 'pixel'));
  return bytes('RIFF', le32(chunk.length + 4), 'WEBP', chunk);
}

export function bmp({ width = 4, height = 3 }: ImageShape = {}): Buffer {
  const pixels = Buffer.alloc(
    Math.min(Math.ceil((width * 24) / 32) * 4 * Math.abs(height), 10_000),
  );
  const signed = Buffer.alloc(4);
  signed.writeInt32LE(height);
  return bytes(
    'BM',
    le32(54 + pixels.length),
    le32(0),
    le32(54),
    le32(40),
    le32(width),
    signed,
    le16(1),
    le16(24),
    le32(0),
    le32(pixels.length),
    Buffer.alloc(16),
    pixels,
  );
}

/** With its directory at the end, behind the pixels. */
export function tiff({
  width = 4,
  height = 3,
  orientation = 1,
  lead = 8,
}: ImageShape = {}): Buffer {
  const entry = (tag: number, value: number) => bytes(le16(tag), le16(4), le32(1), le32(value));
  return bytes(
    'II*\0',
    le32(8 + lead),
    Buffer.alloc(lead),
    le16(3),
    entry(0x100, width),
    entry(0x101, height),
    entry(0x112, orientation),
    le32(0),
  );
}

function box(type: string, ...body: (number | string | Uint8Array)[]): Buffer {
  const inner = bytes(...body);
  return bytes(u32(inner.length + 8), type, inner);
}

/** A photo of tiles as telephones take them: the first size is that of a tile. */
export function heif(
  brand: 'avif' | 'heic',
  { width = 4, height = 3, orientation }: ImageShape = {},
): Buffer {
  const sizeOf = (one: number, other: number) => box('ispe', u32(0), u32(one), u32(other));
  const turns = orientation === undefined ? [] : [box('irot', orientation)];
  const own = orientation === undefined ? bytes(1, 2) : bytes(2, 2, 3);
  return bytes(
    box('ftyp', brand, u32(0), `mif1${brand}`),
    box(
      'meta',
      u32(0),
      box('pitm', u32(0), u16(2)),
      box(
        'iprp',
        box('ipco', sizeOf(2, 2), sizeOf(width, height), ...turns),
        box('ipma', u32(0), u32(2), u16(1), 1, 1, u16(2), own),
      ),
    ),
    box('mdat', 'pixels'),
  );
}

/** An empty zip archive, which others may stand in front of. */
export function zip(comment = ''): Buffer {
  return bytes('PK\x05\x06', Buffer.alloc(16), le16(comment.length), comment);
}
