import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inject, onTestFinished } from 'vitest';
import { workspace } from '../support/packed-packages.ts';

/** The example 02-team-directory in a process of its own. */
export interface StartedDirectory {
  /** The address that it printed. */
  readonly url: string;
  /** Where it keeps what it needs while it runs. */
  readonly temporary: string;
  /** Interrupts it, as a terminal does. */
  stop(): Promise<void>;
}

/** Starts the example as its package.json says. */
export async function startDirectory(environment: NodeJS.ProcessEnv): Promise<StartedDirectory> {
  const temporary = await mkdtemp(join(inject('testRun').directory, 'directory-'));
  await chmod(temporary, 0o755);
  const { PATH, FILEFIELD_REACHABLE_POSTGRES } = process.env;
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: join(workspace, 'examples/02-team-directory'),
    env: { PATH, FILEFIELD_REACHABLE_POSTGRES, TMPDIR: temporary, PORT: '0', ...environment },
  });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGINT');
    await ended;
  });
  let log = '';
  child.stderr.on('data', (chunk) => (log += String(chunk)));
  const failed = ended.then(() => Promise.reject(new Error(`It ended: ${log}`)));
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), failed]);
  const url = String(line).replace('The team directory is at ', '');
  return {
    url,
    temporary,
    stop: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
}
