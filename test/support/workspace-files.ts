import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { workspace } from './packed-packages.ts';

const run = promisify(execFile);

/** Paths of the files that are or could be committed, from the root of the workspace. */
export async function workspaceFiles(...patterns: string[]): Promise<string[]> {
  const which = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { stdout } = await run('git', [...which, '--', ...patterns], { cwd: workspace });
  return stdout.split('\n').filter((path) => path !== '');
}
