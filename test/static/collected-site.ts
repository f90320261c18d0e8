import { brotliCompressSync, gzipSync } from 'node:zlib';
import { FileSystemStorage, MemoryStorage, type FileStorage } from '@filefield/core';
import { formatManifest, loadStatic, type StaticFiles } from '@filefield/static';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** The text of a style sheet that compresses well. */
export const css = 'body { color: rebeccapurple }\n'.repeat(100);

/** The name that it was collected under. */
export const hashedCss = 'css/app.0123456789ab.css';

/** What was collected, without the manifest. */
export const files: Readonly<Record<string, string | Buffer>> = {
  'css/app.css': css,
  [hashedCss]: css,
  [`${hashedCss}.gz`]: gzipSync(css),
  [`${hashedCss}.br`]: brotliCompressSync(css),
  'js/tiny.js': 'x',
  'js/tiny.js.gz': gzipSync('x'),
  'js/lib.ffffffffffff.js': 'lib',
  'fonts/a b.0123456789ab.woff2': 'wOF2',
  'img/logo.svg': '<svg/>',
  'docs/index.html': '<p>docs</p>',
  'index.html': '<p>home</p>',
  'data.tar.gz': 'archive',
  'model.glb': 'glTF',
  'apple-app-site-association': '{}',
  'odd.xyzzy': '?',
  LICENSE: 'MIT',
  'empty.txt': '',
};

/** What the manifest tells. */
export const paths: ReadonlyMap<string, string> = new Map([
  ['css/app.css', hashedCss],
  ['css/other.css', 'css/other.0123456789ab.css'],
  ['fonts/a b.woff2', 'fonts/a b.0123456789ab.woff2'],
  ['odd?name#here.css', 'odd?name#here.0123456789ab.css'],
  ['LICENSE', 'LICENSE'],
]);

/** Puts the files into a storage. */
export async function collectInto(storage: FileStorage, manifest = paths): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) await storage.save(name, bytes);
  await storage.save('staticfiles.json', formatManifest(manifest));
}

/** Where files may be collected to, and what a program loads from there; each under `/static/`. */
export const places: Readonly<Record<string, () => Promise<StaticFiles>>> = {
  'a directory': async () => {
    const location = await temporaryDirectory();
    await collectInto(new FileSystemStorage({ location }));
    return loadStatic({ storage: location });
  },
  'a storage on the disk': async () => {
    const location = await temporaryDirectory();
    const storage = new FileSystemStorage({
      location,
      baseUrl: '/static/',
      visibility: 'public',
    });
    await collectInto(storage);
    return loadStatic({ storage });
  },
  'another storage': async () => {
    const storage = new MemoryStorage({ visibility: 'public' });
    await collectInto(storage);
    return loadStatic({ storage, baseUrl: 'https://static.example.net/static' });
  },
};
