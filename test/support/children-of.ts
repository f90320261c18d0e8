import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A process. */
export interface ChildEntry {
  readonly pid: number;
  readonly command: string;
}

/** The processes that a process has started, and that have not ended. */
export async function childrenOf(parent: number): Promise<ChildEntry[]> {
  return (await processes()).filter((entry) => entry.parent === parent);
}

/** Those of these processes that have not ended. */
export async function stillAlive(entries: readonly ChildEntry[]): Promise<ChildEntry[]> {
  const alive = new Set((await processes()).map(({ pid }) => pid));
  return entries.filter(({ pid }) => alive.has(pid));
}

/** What has ended and waits for its parent to hear of it is left out. */
async function processes(): Promise<(ChildEntry & { readonly parent: number })[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,stat=,args=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => state !== undefined && !state.startsWith('Z'))
    .map(([pid, parent, , ...command]) => ({
      pid: Number(pid),
      parent: Number(parent),
      command: command.join(' '),
    }));
}
