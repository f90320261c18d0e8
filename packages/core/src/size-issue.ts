import type { FileIssue } from './errors.ts';

/** Says that a file is too large; `received` is unknown where reading stopped at the limit. */
export function sizeIssue(maxSize: number, received: number | undefined): FileIssue {
  const limit = `the limit of ${formatBytes(maxSize)}`;
  const found = received === undefined ? 'the file' : formatBytes(received);
  return {
    validator: 'maxSize',
    message:
      found === formatBytes(maxSize)
        ? `${received} bytes is over the limit of ${maxSize} bytes`
        : `${found} is over ${limit}`,
    expected: maxSize,
    received,
  };
}

/** Says that a file has no bytes. */
export function emptyIssue(): FileIssue {
  return { validator: 'allowEmpty', message: 'the file is empty', expected: false, received: 0 };
}

/** A size for people: `6.1 MB`; a megabyte is a million bytes. */
export function formatBytes(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB'];
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  const amount = Math.round((bytes / 1000 ** power) * 10) / 10;
  return `${amount} ${units[power - 1] ?? 'TB'}`;
}
