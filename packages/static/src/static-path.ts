import { assertName, InvalidNameError } from '@filefield/core';

/**
 * What a path of a URL stands for below a mount: a file's name, or `…/` where it ends so; `''` at the mount itself.
 *
 * @param mount Ends with `/`.
 * @returns `undefined` when no file can be meant: elsewhere, of a slash that is encoded, or with a name that storages refuse.
 */
export function staticPath(pathname: string, mount: string): string | undefined {
  if (!pathname.startsWith(mount)) return undefined;
  const path = pathname.slice(mount.length);
  if (path === '') return '';
  if (/%(?:2f|5c)/i.test(path)) return undefined;
  try {
    const name = decodeURIComponent(path);
    assertName(name.endsWith('/') ? name.slice(0, -1) : name);
    return name;
  } catch (error) {
    if (error instanceof URIError || error instanceof InvalidNameError) return undefined;
    throw error;
  }
}
