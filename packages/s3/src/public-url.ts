/**
 * A URL without signature: every part of the name is percent-encoded but `~!*'()`, as Django does.
 *
 * @param base Ends with a slash.
 */
export function publicUrl(
  base: string,
  key: string,
  parameters: Readonly<Record<string, string | undefined>> = {},
): string {
  const path = key.split('/').map(encodeURIComponent).join('/');
  const query: string[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.push(`${name}=${encodeURIComponent(value)}`);
  }
  return `${base}${path}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}
