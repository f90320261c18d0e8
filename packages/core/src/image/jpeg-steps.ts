import { BrokenImage, latin1, numbersIn, type ByteStep, type ByteSteps } from './byte-steps.ts';
import type { ImageFindings } from './image-findings.ts';

/** Segment by segment to EOI (ITU-T T.81, annex B); what lies between the scans is passed over. */
export function* jpegSteps(found: ImageFindings): ByteSteps {
  yield { skip: 2 };
  let isScanned = false;
  let marker = yield* nextMarker();
  for (;;) {
    if (marker === endOfImage) {
      if (!isScanned) throw new BrokenImage('it holds no pixels');
      return;
    }
    if (!isAlone(marker)) yield* segment(marker, found);
    if (marker === startOfScan) {
      if (found.width === undefined) throw new BrokenImage('its pixels come before its header');
      isScanned = true;
      marker = yield* afterScan();
    } else marker = yield* nextMarker();
  }
}

const endOfImage = 0xd9;
const startOfScan = 0xda;

function* segment(marker: number, found: ImageFindings): ByteSteps {
  const length = numbersIn(yield { take: 2 }).getUint16(0) - 2;
  if (length < 0) throw new BrokenImage('a segment has no length');
  if (isFrame(marker)) {
    if (length < 6) throw new BrokenImage('its header is too short');
    const header = numbersIn(yield { take: 6 });
    found.measure(header.getUint16(3), header.getUint16(1));
    yield { skip: length - 6 };
  } else if (marker === 0xe1) {
    const bytes = yield { take: length, isText: true };
    if (latin1(bytes, 0, 6) === 'Exif\0\0') found.exif(bytes);
  } else yield { skip: length, isText: true };
}

function* nextMarker(): Generator<ByteStep, number, Uint8Array> {
  const [first] = yield { take: 1 };
  if (first !== 0xff) throw new BrokenImage('it holds no segment where one has to be');
  return yield* markerCode();
}

/** What follows 0xFF within a scan: one that is meant, the end of an interval, or another one. */
const pixels: ReadonlySet<number> = new Set([
  0, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xff,
]);

function* afterScan(): Generator<ByteStep, number, Uint8Array> {
  for (;;) {
    yield { find: 0xff, unless: pixels };
    const code = yield* markerCode();
    if (!pixels.has(code)) return code;
  }
}

/** Any number of 0xFF may stand in front of it. */
function* markerCode(): Generator<ByteStep, number, Uint8Array> {
  for (;;) {
    const [code = 0] = yield { take: 1 };
    if (code !== 0xff) return code;
  }
}

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function isAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}
