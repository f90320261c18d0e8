const largestPart = 5 * 1024 ** 3;

/**
 * How large each part of an upload is. Of known size: all the same, as some servers demand, and large enough that they
 * suffice. Of unknown size: twice as large after every tenth of the parts that there may be, so that short streams need
 * little memory and one of 5 TiB still fits.
 *
 * @param partSize The smallest part in bytes. @param parts How many there may be.
 */
export function partSizes(
  size: number | undefined,
  partSize: number,
  parts: number,
): (number: number) => number {
  if (size !== undefined) {
    const all = Math.max(partSize, Math.ceil(size / parts));
    return () => all;
  }
  const step = Math.max(1, Math.floor(parts / 10));
  return (number) => Math.min(largestPart, partSize * 2 ** Math.floor((number - 1) / step));
}
