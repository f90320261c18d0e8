import { extname } from 'node:path/posix';
import mime from 'mime';

/** Media types by extension (`.wasm`) or whole last part of a name (`apple-app-site-association`). */
export type StaticTypes = Readonly<Record<string, string>>;

/** The Content-Type of a file, by its name alone: the program's own files are what they are called. Text is UTF-8. */
export function contentType(name: string, types: StaticTypes): string {
  const last = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  const own = new Map(Object.entries(types).map(([key, type]) => [key.toLowerCase(), type]));
  const extension = extname(last);
  const known = mime.getType(extension === '' ? '.' : extension) ?? 'application/octet-stream';
  const type = own.get(last) ?? own.get(extension) ?? known;
  return type.startsWith('text/') && !type.includes(';') ? `${type}; charset=utf-8` : type;
}
