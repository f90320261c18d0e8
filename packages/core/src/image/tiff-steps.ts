import { BrokenImage, latin1, numbersIn, type ByteSteps } from './byte-steps.ts';
import { tiffNumber } from './exif-orientation.ts';
import type { ImageFindings } from './image-findings.ts';

/** To the first directory, wherever it lies (TIFF 6.0, section 2); nothing says where the file ends. */
export function* tiffSteps(found: ImageFindings): ByteSteps {
  const header = yield { take: 8 };
  const isLittle = latin1(header, 0, 2) === 'II';
  const start = numbersIn(header).getUint32(4, isLittle);
  if (numbersIn(header).getUint16(2, isLittle) !== 42 || start < 8) {
    throw new BrokenImage('it has no header that is known');
  }
  yield { skip: start - 8 };
  const count = numbersIn(yield { take: 2 }).getUint16(0, isLittle);
  if (count > 4096) throw new BrokenImage('its directory is too long');
  const entries = yield { take: count * 12 };
  const [width, height] = [0x100, 0x101].map((tag) => tiffNumber(entries, tag, isLittle));
  found.measure(width ?? 0, height ?? 0);
  found.orientation = tiffNumber(entries, 0x112, isLittle) ?? 1;
}
