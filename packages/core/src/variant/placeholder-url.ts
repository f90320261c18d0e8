import { crc32, deflateSync } from 'node:zlib';
import { thumbHashToApproximateAspectRatio, thumbHashToRGBA } from 'thumbhash';

/** Bytes that a thumbhash has at least and at most. */
const [shortest, longest] = [5, 40];

/**
 * A picture of at most 32 by 32 pixels for what a thumbhash in Base64 tells, as a `data:` URL of a PNG; `undefined` of
 * anything else.
 */
export function placeholderUrl(placeholder: unknown): string | undefined {
  const hash = thumbhashOf(placeholder);
  if (hash === undefined) return undefined;
  return `data:image/png;base64,${png(thumbHashToRGBA(hash)).toString('base64')}`;
}

/** The bytes of a thumbhash in Base64; `undefined` of anything else, such as what raw SQL wrote. */
export function thumbhashOf(placeholder: unknown): Buffer | undefined {
  if (typeof placeholder !== 'string' || placeholder.length > longest * 2) return undefined;
  const hash = Buffer.from(placeholder, 'base64');
  if (hash.length < shortest || hash.length > longest || !isSpelled(placeholder, hash)) {
    return undefined;
  }
  const ratio = thumbHashToApproximateAspectRatio(hash);
  return ratio > 1 / 32 && ratio < 32 ? hash : undefined;
}

/** A decoder that forgives reads bytes in any text. */
function isSpelled(text: string, bytes: Buffer): boolean {
  return bytes.toString('base64').replaceAll('=', '') === text.replaceAll('=', '');
}

interface Pixels {
  readonly w: number;
  readonly h: number;
  /** Four bytes each. */
  readonly rgba: Uint8Array;
}

/** The package's own PNG is not compressed, and three times as long. */
function png({ w, h, rgba }: Pixels): Buffer {
  const isOpaque = rgba.every((byte, at) => at % 4 !== 3 || byte === 255);
  const channels = isOpaque ? 3 : 4;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(w, 0);
  header.writeUInt32BE(h, 4);
  header.set([8, isOpaque ? 2 : 6], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(scanlines({ w, h, rgba }, channels), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Each byte as the difference to the one above (PNG, filter type 2): soft pictures become small numbers. */
function scanlines({ w, h, rgba }: Pixels, channels: number): Buffer {
  const lines = Buffer.alloc(h * (1 + w * channels));
  for (let y = 0; y < h; y += 1) {
    const line = y * (1 + w * channels);
    lines[line] = 2;
    for (let x = 0; x < w; x += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        const at = (y * w + x) * 4 + channel;
        const above = rgba[at - w * 4] ?? 0;
        lines[line + 1 + x * channels + channel] = ((rgba[at] ?? 0) - above) & 255;
      }
    }
  }
  return lines;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.byteLength, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
