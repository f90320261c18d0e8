/**
 * A name as the path of a URL: everything but `/` and unreserved characters is percent-encoded, as Django's
 * `filepath_to_uri` does.
 */
export function encodeName(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}
