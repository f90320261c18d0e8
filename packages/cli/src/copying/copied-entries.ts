import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { CopyEnd } from './copy-end.ts';

/** A file or object below a directory. */
export interface CopiedEntry {
  /** Its path in the directory. */
  readonly name: string;
  readonly end: CopyEnd;
}

/** Everything below a directory. Links and whatever else is no file are left out. */
export async function* copiedEntries(from: CopyEnd): AsyncGenerator<CopiedEntry> {
  if (from.kind === 'path') {
    const entries = await readdir(from.path, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      const name = relative(from.path, path).split(sep).join('/');
      if (entry.isFile()) yield { name, end: { kind: 'path', path } };
    }
    return;
  }
  const prefix = from.name === '' || from.name.endsWith('/') ? from.name : `${from.name}/`;
  for await (const { name } of from.storage.walk(prefix)) {
    yield { name: name.slice(prefix.length), end: { ...from, name } };
  }
}
