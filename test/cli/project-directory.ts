import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const packages = join(import.meta.dirname, '../node_modules');

/** The program, from its source. */
export const program: string = join(import.meta.dirname, '../../packages/cli/src/bin.ts');

/** How a process ended, and what it printed. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project on the disk that has the packages of this workspace installed. */
export async function projectDirectory(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await temporaryDirectory();
  await symlink(packages, join(directory, 'node_modules'));
  for (const [name, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return directory;
}

/** Starts the program as a shell would. */
export function startFilefield(
  cwd: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(process.execPath, [program, ...argv], { cwd, env: cleanEnvironment(env) });
}

/** Runs the program until it ends. */
export async function filefield(
  cwd: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProcessEnd> {
  return await ended(startFilefield(cwd, argv, env));
}

/** Runs a line of a shell in which `$FILEFIELD` is the program. */
export async function shell(cwd: string, line: string): Promise<ProcessEnd> {
  const FILEFIELD = `${process.execPath} ${program}`;
  const env = cleanEnvironment({ FILEFIELD, TERM: 'xterm' });
  return await ended(spawn('bash', ['-c', line], { cwd, env }));
}

/** What a process printed, when it has ended. */
export async function ended(child: ChildProcess): Promise<ProcessEnd> {
  const [stdout, stderr] = [child.stdout, child.stderr].map(async (stream) =>
    Buffer.concat((await stream?.toArray()) as Buffer[]).toString(),
  );
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: (await stdout) ?? '', stderr: (await stderr) ?? '' };
}

/** Without what vitest sets, which MikroORM takes for a loader of TypeScript. */
function cleanEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, ...env };
}
