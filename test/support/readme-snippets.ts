import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { workspace } from './packed-packages.ts';
import { workspaceFiles } from './workspace-files.ts';

/** A fenced block of a Markdown file. */
export interface Snippet {
  /** File and line, for a message. */
  readonly at: string;
  readonly language: string;
  readonly code: string;
  /** What the comment `<!-- file: path#region -->` above it says, if there is one. */
  readonly source?: { readonly path: string; readonly region?: string };
}

const fence =
  /(?:<!-- file: (?<path>[^\s#]+)(?:#(?<region>[\w-]+))? -->\n+)?^```(?<language>\w*)\n(?<code>[^]*?)^```$/gm;

/** Every fenced block of every Markdown file of the workspace. */
export async function readmeSnippets(): Promise<Snippet[]> {
  const files = await workspaceFiles('*.md');
  const snippets = files.map(async (file) =>
    findSnippets(file, await readFile(join(workspace, file), 'utf8').catch(() => '')),
  );
  return (await Promise.all(snippets)).flat();
}

/** The fenced blocks of one text. */
export function findSnippets(file: string, text: string): Snippet[] {
  return [...text.matchAll(fence)].map(({ index, groups }) => {
    const { path, region, language = '', code = '' } = groups ?? {};
    const at = `${file}:${text.slice(0, index).split('\n').length}`;
    if (path === undefined) return { at, language, code };
    return { at, language, code, source: region === undefined ? { path } : { path, region } };
  });
}

/**
 * The lines between `// #region name` and `// #endregion` without their common indentation, or the
 * whole text when no region is named.
 */
export function extractRegion(text: string, region?: string): string | undefined {
  if (region === undefined) return text;
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.trim() === `// #region ${region}`);
  const length = lines.slice(start).findIndex((line) => line.trim() === '// #endregion');
  if (start === -1 || length === -1) return undefined;
  const body = lines.slice(start + 1, start + length);
  const indents = body.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const indent = Math.min(...indents);
  return body.map((line) => `${line.slice(indent)}\n`).join('');
}
