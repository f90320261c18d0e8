import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageFolders, readManifest } from './packed-packages.ts';

const reexport = /export (?:type )?\{([^}]*)\} from '([^']+)';/g;

/** An entry of a package: `@filefield/core/testing` and the source file behind it. */
export interface PackageEntry {
  readonly specifier: string;
  readonly file: string;
  readonly text: string;
}

/** Every entry that a package publishes. */
export async function packageEntries(): Promise<PackageEntry[]> {
  const entries: PackageEntry[] = [];
  for (const folder of await packageFolders()) {
    const manifest = await readManifest(folder);
    for (const [path, target] of Object.entries(manifest.exports)) {
      const file = join(folder, String(target));
      const text = await readFile(file, 'utf8');
      entries.push({ specifier: manifest.name + path.slice(1), file, text });
    }
  }
  return entries;
}

/** What an entry contains besides comments and `export { … } from '…'`. */
export function otherThanReexports(entry: PackageEntry): string {
  return entry.text
    .replaceAll(/\/\*[^]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(reexport, '')
    .trim();
}

/** Names of an entry, types included, whose declaration has no JSDoc. */
export async function undocumentedExports(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  const undocumented: string[] = [];
  for (const [, names, from] of text.matchAll(reexport)) {
    if (!from!.startsWith('.')) continue;
    const target = join(dirname(file), from!);
    for (const name of originalNames(names!)) {
      if (!(await isDocumented(name, target))) undocumented.push(`${name} (${from})`);
    }
  }
  return undocumented;
}

function originalNames(list: string): string[] {
  return list
    .split(',')
    .map(
      (item) =>
        item
          .trim()
          .replace(/^type /, '')
          .split(' as ')[0]!,
    )
    .filter((name) => name !== '');
}

async function isDocumented(name: string, file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8');
  const kinds = '(?:abstract )?class|(?:async )?function\\*?|const|interface|type';
  const declaration = new RegExp(`^export (?:declare )?(?:${kinds}) ${name}\\b`, 'm').exec(text);
  if (declaration) return text.slice(0, declaration.index).trimEnd().endsWith('*/');
  for (const [, names, from] of text.matchAll(reexport)) {
    if (originalNames(names!).includes(name)) return isDocumented(name, join(dirname(file), from!));
  }
  return false;
}
