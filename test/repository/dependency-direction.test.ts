import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageFolders, readManifest, workspace } from '../support/packed-packages.ts';
import { workspaceFiles } from '../support/workspace-files.ts';

const importing = /(^(?:import|export) (?:[\w\s{},*$]+ from )?|\bimport\()'([^']+)'/gm;

const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  s3: ['core'],
  'mikro-orm': ['core'],
  http: ['core'],
  static: ['core'],
  cli: ['core', 's3', 'mikro-orm', 'http', 'static'],
  nestjs: ['core', 'mikro-orm', 'http'],
};

const packages = await Promise.all(
  (await packageFolders()).map(async (folder) => {
    const { dependencies, peerDependencies } = await readManifest(folder);
    const needed = Object.keys({ ...dependencies, ...peerDependencies });
    return { folder: basename(folder), needed, imported: await importedBy(folder) };
  }),
);

describe('packages depend in one direction', () => {
  it.each(packages)('$folder needs only the packages below it', ({ folder, needed }) => {
    const ours = needed.filter((name) => name.startsWith('@filefield/'));

    expect(allowed[folder]).toEqual(expect.arrayContaining(ours.map((name) => name.slice(11))));
  });

  it.each(packages)('$folder imports only what it declares', ({ needed, imported }) => {
    const undeclared = imported.filter(
      ({ name }) => !name.startsWith('node:') && !needed.includes(name),
    );

    expect(undeclared).toEqual([]);
  });

  it('core knows no ORM, no web framework and no cloud', () => {
    const core = packages.find(({ folder }) => folder === 'core');

    expect(core?.needed).toEqual(['file-type', 'mime', 'p-limit', 'thumbhash', 'sharp']);
  });
});

/** The packages (or `node:` modules, or files outside the package) that sources in a folder import. */
async function importedBy(folder: string): Promise<{ file: string; name: string }[]> {
  const files = await workspaceFiles(`${relative(workspace, folder)}/src/*.ts`);
  const found = files.map(async (file) => {
    const text = await readFile(join(workspace, file), 'utf8').catch(() => '');
    return [...text.matchAll(importing)]
      .map(([, , specifier]) => specifier!)
      .filter((specifier) => !staysInside(specifier, join(workspace, file), folder))
      .map((specifier) => ({ file, name: packageOf(specifier) }));
  });
  return (await Promise.all(found)).flat();
}

function staysInside(specifier: string, file: string, folder: string): boolean {
  return (
    specifier.startsWith('.') && join(dirname(file), specifier).startsWith(join(folder, 'src'))
  );
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
