/** A side of an image; `undefined` of what no image can have, such as what raw SQL wrote into a row. */
export function wholePixels(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
