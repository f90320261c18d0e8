import { BrokenImage, latin1, numbersIn, type ByteSteps } from './byte-steps.ts';
import type { ImageFindings } from './image-findings.ts';

/** Chunk by chunk to where the RIFF header says that it ends (RFC 9649, §2). */
export function* webpSteps(found: ImageFindings): ByteSteps {
  const end = numbersIn(yield { take: 12 }).getUint32(4, true) + 8;
  let [at, frames, hasPixels] = [12, 0, false];
  while (at < end) {
    const header = yield { take: 8 };
    const length = numbersIn(header).getUint32(4, true);
    const padded = length + (length % 2);
    const type = latin1(header, 0, 4);
    at += 8 + padded;
    if (at > end) throw new BrokenImage('a chunk is longer than the file says it is');
    if (type === 'ANMF') found.frames = Math.max(found.frames, ++frames);
    if (/^(?:VP8[ L]|ANMF)$/.test(type)) hasPixels = true;
    yield* chunk(type, { length, padded }, found);
  }
  if (!hasPixels) throw new BrokenImage('it holds no pixels');
}

function* chunk(
  type: string,
  { length, padded }: { readonly length: number; readonly padded: number },
  found: ImageFindings,
): ByteSteps {
  const head = { 'VP8 ': 10, VP8L: 5, VP8X: 10, ANMF: 16 }[type];
  if (head !== undefined) {
    if (length < head) throw new BrokenImage('a chunk is too short');
    const [width, height] = sizeIn(type, yield { take: head });
    found.measure(width, height);
    yield { skip: padded - head };
  } else if (type === 'EXIF' && padded <= 65_536) {
    found.exif(yield { take: padded, isText: true });
  } else yield { skip: padded, isText: type !== 'ALPH' };
}

function sizeIn(type: string, bytes: Uint8Array): [width: number, height: number] {
  const view = numbersIn(bytes);
  if (type === 'VP8 ') {
    return [view.getUint16(6, true) & 0x3fff, view.getUint16(8, true) & 0x3fff];
  }
  if (type === 'VP8L') {
    const bits = view.getUint32(1, true);
    return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
  }
  const at = type === 'VP8X' ? 4 : 6;
  return [threeBytes(view, at) + 1, threeBytes(view, at + 3) + 1];
}

function threeBytes(view: DataView, at: number): number {
  return view.getUint16(at, true) + view.getUint8(at + 2) * 65_536;
}
