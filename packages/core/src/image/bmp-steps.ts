import { BrokenImage, numbersIn, type ByteSteps } from './byte-steps.ts';
import type { ImageFindings } from './image-findings.ts';

/** As far as the header says that pixels reach. */
export function* bmpSteps(found: ImageFindings): ByteSteps {
  const file = numbersIn(yield { take: 18 });
  const [size, pixelsAt, headerBytes] = [2, 10, 14].map((at) => file.getUint32(at, true));
  const isCore = headerBytes === 12;
  if (size === undefined || pixelsAt === undefined || (!isCore && Number(headerBytes) < 40)) {
    throw new BrokenImage('it has no header that is known');
  }
  const header = numbersIn(yield { take: isCore ? 8 : 36 });
  const width = isCore ? header.getUint16(0, true) : header.getInt32(0, true);
  // Negative where the rows run from top to bottom.
  const height = isCore ? header.getUint16(2, true) : Math.abs(header.getInt32(4, true));
  const bits = header.getUint16(isCore ? 6 : 10, true);
  const compression = isCore ? 0 : header.getUint32(12, true);
  found.measure(Math.max(width, 0), height);
  const isPlain = [0, 3, 6].includes(compression);
  const pixelBytes = isPlain ? Math.ceil((width * bits) / 32) * 4 * height : 1;
  const passed = isCore ? 26 : 54;
  yield { skip: Math.max(pixelsAt + pixelBytes, size, passed) - passed };
}
