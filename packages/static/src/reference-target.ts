/** Where a reference leads, when it leads to a static file. */
export interface ReferenceTarget {
  /** The name of the file among the static files. */
  readonly name: string;
  /** The URL that leads to a file beside the one that is named, with the directories, query and fragment of the reference. */
  readonly urlOf: (basename: string) => string;
}

/**
 * Resolves a URL in a static file as a browser does; `undefined` where it leads to something else: another site, `data:`,
 * a fragment of the page, a path outside {@link baseUrl}, a directory.
 *
 * @param name The file that holds the URL.
 * @param baseUrl Where static files are served: a path that ends with a slash, or a URL.
 */
export function referenceTarget(
  url: string,
  name: string,
  baseUrl: string,
): ReferenceTarget | undefined {
  const [, path = '', suffix = ''] = /^([^?#]*)([^]*)$/.exec(url) ?? [];
  // Without this `http:a.png` would be relative to a base of the same scheme.
  if (path === '' || (hasScheme(url) && !hasScheme(baseUrl))) return undefined;
  const base = new URL(baseUrl, 'http://static.invalid');
  const found = URL.parse(url, new URL(encodedPath(name), base).href);
  if (found?.origin !== base.origin || !found.pathname.startsWith(base.pathname)) return undefined;
  const rest = found.pathname.slice(base.pathname.length);
  if (rest === '' || rest.endsWith('/')) return undefined;
  const directory = path.replaceAll('\\', '/').replace(/[^/]*$/, '');
  return {
    name: decoded(rest).normalize('NFC'),
    urlOf: (basename) => encodedUnsafe(decoded(directory) + basename) + suffix,
  };
}

function hasScheme(url: string): boolean {
  return /^[a-z][a-z\d+.-]*:/i.test(url);
}

function encodedPath(name: string): string {
  // `./` keeps a name with a colon from being a scheme.
  return `./${name.split('/').map(encodeURIComponent).join('/')}`;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // No encoding of UTF-8: it names a file of exactly these characters, or none.
    return path;
  }
}

/** What would end the string or the path, or mean something else than itself; the rest is left to be read, as Django does. */
function encodedUnsafe(path: string): string {
  return path.replaceAll(/["\\%#?]|\p{Cc}/gu, encodeURIComponent);
}
