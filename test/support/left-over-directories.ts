import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The temporary directories of runs that were killed: `<prefix><pid>-<random>`, and no process has the pid. */
export async function leftOverDirectories(prefix: string, parent = tmpdir()): Promise<string[]> {
  const entries = await readdir(parent);
  const dead = entries.filter((entry) => {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(entry)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
  return dead.map((entry) => join(parent, entry));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
