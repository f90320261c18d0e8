import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workspace } from '../support/packed-packages.ts';

describe('the map in CONTRIBUTING.md', () => {
  it('leads to files that exist', async () => {
    const text = await readFile(join(workspace, '.github/CONTRIBUTING.md'), 'utf8');

    const found = text.matchAll(/`((?:packages|examples|test)\/[^`]*)`/g);
    const paths = Array.from(found, ([, path]) => path!);

    expect(paths).toContain('packages/core/src/errors.ts');
    expect(paths.filter((path) => !existsSync(join(workspace, path)))).toEqual([]);
  });
});
