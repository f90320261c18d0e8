import { BrokenImage, latin1, numbersIn, type ByteSteps } from './byte-steps.ts';
import type { ImageFindings } from './image-findings.ts';

/** How long a `meta` box may be: those of photos have some thousand bytes. */
const metaBytes = 262_144;

/** Box by box, AVIF and HEIC: the size of the primary item (ISO/IEC 23008-12, §6 and §9). */
export function* heifSteps(found: ImageFindings): ByteSteps {
  for (;;) {
    const header = yield { take: 8, mayEnd: found.width !== undefined };
    const type = latin1(header, 4, 8);
    let size = numbersIn(header).getUint32(0);
    let headerBytes = 8;
    if (size === 1) {
      size = Number(numbersIn(yield { take: 8 }).getBigUint64(0));
      headerBytes = 16;
    }
    if (!/^[\x20-\x7e]{4}$/.test(type) || (size !== 0 && size < headerBytes)) {
      throw new BrokenImage('it holds no box where one has to be');
    }
    if (type === 'meta') {
      if (size === 0 || size > metaBytes) throw new BrokenImage('its properties are too long');
      primarySize(yield { take: size - headerBytes, isText: true }, found);
    } else if (size === 0) {
      if (found.width === undefined) throw new BrokenImage('it does not tell its size');
      yield { skip: Infinity, isText: type !== 'mdat', mayEnd: true };
    } else yield { skip: size - headerBytes, isText: type !== 'mdat' };
  }
}

interface Box {
  readonly type: string;
  readonly body: Uint8Array;
}

function primarySize(meta: Uint8Array, found: ImageFindings): void {
  try {
    const boxes = boxesIn(meta.subarray(4));
    const primary = numbersIn(body(boxes, 'pitm'));
    const id = primary.getUint8(0) === 0 ? primary.getUint16(4) : primary.getUint32(4);
    const properties = boxesIn(body(boxes, 'iprp'));
    const all = boxesIn(body(properties, 'ipco'));
    const own = propertyIndexes(body(properties, 'ipma'), id).flatMap((index) => all[index] ?? []);
    const size = numbersIn(body(own, 'ispe'));
    const turned = own.find(({ type }) => type === 'irot')?.body[0] ?? 0;
    const [width, height] = [size.getUint32(4), size.getUint32(8)];
    // No hint as in EXIF: who shows the image has to turn it.
    if (turned % 2 === 1) found.measure(height, width);
    else found.measure(width, height);
    for (const { type, body: other } of all) {
      if (type === 'ispe')
        found.measure(numbersIn(other).getUint32(4), numbersIn(other).getUint32(8));
    }
  } catch (cause) {
    if (cause instanceof BrokenImage) throw cause;
    throw new BrokenImage('its properties are not complete', { cause });
  }
}

function boxesIn(bytes: Uint8Array): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= bytes.byteLength;) {
    const size = numbersIn(bytes).getUint32(at);
    if (size < 8) throw new BrokenImage('a box has no length');
    boxes.push({ type: latin1(bytes, at + 4, at + 8), body: bytes.subarray(at + 8, at + size) });
    at += size;
  }
  return boxes;
}

function body(boxes: readonly Box[], wanted: string): Uint8Array {
  const box = boxes.find(({ type }) => type === wanted);
  if (box === undefined) throw new BrokenImage('it does not tell its size');
  return box.body;
}

/** Which properties an item has, counted from 0. */
function propertyIndexes(ipma: Uint8Array, wanted: number): number[] {
  const view = numbersIn(ipma);
  const [version, isWide] = [view.getUint8(0), (view.getUint8(3) & 1) === 1];
  let at = 8;
  for (let left = view.getUint32(4); left > 0; left -= 1) {
    const id = version === 0 ? view.getUint16(at) : view.getUint32(at);
    at += version === 0 ? 2 : 4;
    const count = view.getUint8(at);
    at += 1;
    const indexes = Array.from({ length: count }, (_, index) =>
      isWide
        ? (view.getUint16(at + index * 2) & 0x7fff) - 1
        : (view.getUint8(at + index) & 0x7f) - 1,
    );
    if (id === wanted) return indexes;
    at += count * (isWide ? 2 : 1);
  }
  return [];
}
