import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workspace } from '../support/packed-packages.ts';
import { workspaceFiles } from '../support/workspace-files.ts';

const topLevel = [
  'LICENSE',
  'README.md',
  'examples',
  'package.json',
  'packages',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'test',
  'tsconfig.base.json',
];

describe('the repository', () => {
  it('has nothing at its top level but the agreed files and dotfiles', async () => {
    const files = await workspaceFiles();

    const visible = new Set(
      files.map((file) => file.split('/')[0]!).filter((name) => name[0] !== '.'),
    );

    expect([...visible].filter((name) => !topLevel.includes(name))).toEqual([]);
  });

  it('names no directory of the machine it was written on', async () => {
    const personal = /(?<![\w.\])])\/(?:home|Users|root|work|workspace)\/[\w.-]+/;

    expect(await filesWith(personal)).toEqual([]);
  });

  it('names no registry but the public one', async () => {
    const elsewhere = /(?:tarball: |registry=)["']?https?:\/\/(?!registry\.npmjs\.org)/;

    expect(await filesWith(elsewhere)).toEqual([]);
  });
});

async function filesWith(pattern: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const file of await workspaceFiles()) {
    const text = await readFile(join(workspace, file), 'latin1').catch(() => '');
    const match = pattern.exec(text);
    if (match) found.push(`${file}: ${match[0]}`);
  }
  return found;
}
