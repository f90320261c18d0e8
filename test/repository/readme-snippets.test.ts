import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workspace } from '../support/packed-packages.ts';
import { extractRegion, findSnippets, readmeSnippets } from '../support/readme-snippets.ts';

const snippets = await readmeSnippets();

describe('code in the documentation', () => {
  it('names the file it is taken from wherever it is TypeScript', () => {
    const invented = snippets.filter(({ language, source }) => language === 'ts' && !source);

    expect(invented.map(({ at }) => at)).toEqual([]);
  });

  it('is taken from files that run: tests and examples', () => {
    const runs = /^(?:examples\/.+|test\/.+\.test)\.ts$/;
    const idle = snippets.filter(({ source }) => source && !runs.test(source.path));

    expect(idle.map(({ at }) => at)).toEqual([]);
  });

  it('equals the lines of its file', async () => {
    const quoted = snippets.filter(({ source }) => source !== undefined);

    const found = await Promise.all(
      quoted.map(async ({ at, source }) => ({ at, code: await codeOf(source!) })),
    );

    expect(quoted.map(({ at, code }) => ({ at, code }))).toEqual(found);
  });

  it('is found by the comment above it', () => {
    const text =
      'Text\n\n<!-- file: examples/a.ts#first -->\n\n```ts\nrun();\n```\n\n```sh\nls\n```\n';

    expect(findSnippets('README.md', text)).toEqual([
      {
        at: 'README.md:3',
        language: 'ts',
        code: 'run();\n',
        source: { path: 'examples/a.ts', region: 'first' },
      },
      { at: 'README.md:9', language: 'sh', code: 'ls\n' },
    ]);
  });

  it('is cut from a region without the indentation of the region', () => {
    const text = 'a();\n  // #region inner\n  if (b) {\n    c();\n  }\n  // #endregion\nd();\n';

    expect(extractRegion(text, 'inner')).toBe('if (b) {\n  c();\n}\n');
    expect(extractRegion(text, 'other')).toBeUndefined();
  });
});

async function codeOf(source: { path: string; region?: string }): Promise<string | undefined> {
  const text = await readFile(join(workspace, source.path), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : extractRegion(text, source.region);
}
