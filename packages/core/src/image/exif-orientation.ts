import { latin1, numbersIn } from './byte-steps.ts';

/** The orientation of an EXIF block, a TIFF in small: 1 to 8; `undefined` where it says none. */
export function exifOrientation(block: Uint8Array): number | undefined {
  const bytes = latin1(block, 0, 6) === 'Exif\0\0' ? block.subarray(6) : block;
  if (bytes.byteLength < 8) return undefined;
  const view = numbersIn(bytes);
  const isLittle = latin1(bytes, 0, 2) === 'II';
  const start = view.getUint32(4, isLittle);
  if (start + 2 > bytes.byteLength) return undefined;
  const count = view.getUint16(start, isLittle);
  return tiffNumber(bytes.subarray(start + 2, start + 2 + count * 12), 0x112, isLittle);
}

/** A number in the entries of a TIFF directory, as far as they reach. */
export function tiffNumber(
  entries: Uint8Array,
  tag: number,
  isLittle: boolean,
): number | undefined {
  const view = numbersIn(entries);
  for (let at = 0; at + 12 <= entries.byteLength; at += 12) {
    if (view.getUint16(at, isLittle) !== tag) continue;
    const kind = view.getUint16(at + 2, isLittle);
    if (kind === 3) return view.getUint16(at + 8, isLittle);
    return kind === 4 ? view.getUint32(at + 8, isLittle) : undefined;
  }
  return undefined;
}
