const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** A size as people read it: `34 kB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${value.toLocaleString('en', { maximumSignificantDigits: 3 })} ${units[power]}`;
}
