import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { workspace } from '../support/packed-packages.ts';

const run = promisify(execFile);

/** What a run of an example said and left. */
export interface ExampleRun {
  readonly code: number;
  /** With the names of the run, ports, tokens and signatures replaced; equal tokens stay equal, columns stay aligned. */
  readonly stdout: string;
  readonly stderr: string;
  /** Files in its temporary directory, but for the cache of tsx. */
  readonly files: readonly string[];
  /** Processes that still know the temporary directory. */
  readonly processes: readonly string[];
}

/** Runs a command of the shell in the directory of an example; nothing of the environment comes along but what is given. */
export async function runExample(
  example: string,
  command: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<ExampleRun> {
  const temporary = await openDirectory();
  const cwd = join(workspace, 'examples', example);
  const path = [join(cwd, 'node_modules/.bin'), process.env['PATH']].join(':');
  const env = { PATH: path, TMPDIR: temporary, ...sharedCopy(), ...environment };
  const ended = run('sh', ['-ec', command], { cwd, env });
  const { stdout, stderr } = await ended.catch((error: ExampleRun) => error);
  const { stdout: processes } = await run('ps', ['-A', '-o', 'args=']);
  return {
    code: ended.child.exitCode ?? -1,
    stdout: steadied(stdout.replaceAll(temporary, '<temporary>')),
    stderr,
    files: (await readdir(temporary)).filter((file) => !file.startsWith('tsx-')),
    processes: processes.split('\n').filter((line) => line.includes(temporary)),
  };
}

/** What a run is that ended well. */
export const good = { code: 0, stderr: '', files: [], processes: [] } as const;

/** Where the run has a copy of PostgreSQL, so that not every example makes its own. */
function sharedCopy(): NodeJS.ProcessEnv {
  const { FILEFIELD_REACHABLE_POSTGRES } = process.env;
  return { FILEFIELD_REACHABLE_POSTGRES };
}

/** Its servers run as another user under root, who must be able to enter. */
async function openDirectory(): Promise<string> {
  const directory = await mkdtemp(join(inject('testRun').directory, 'example-'));
  await chmod(directory, 0o755);
  return directory;
}

function steadied(output: string): string {
  const tokens = new Map<string, string>();
  return output
    .replaceAll(/(?<=_)[0-9a-z]{6}(?=…)/g, (token) => {
      const letter = String.fromCharCode('a'.charCodeAt(0) + tokens.size);
      tokens.set(token, tokens.get(token) ?? letter.repeat(6));
      return tokens.get(token)!;
    })
    .replaceAll(/(?<=_)[0-9a-z]{22}(?=\.)/g, '…')
    .replaceAll(/\?X-Amz-\S+&X-Amz-Expires=(\d+)&\S+/g, '?<signed for $1 seconds>')
    .replace(/port \d+/, 'port 00000')
    .replaceAll(/filefield-[a-z-]+-\w{6}(?=\/)/g, '<run>');
}
