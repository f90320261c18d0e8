import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { platform } from 'node:process';

// Its input, its output, nowhere for its warnings, and the line to this process.
const stdio: StdioOptions = ['pipe', 'pipe', 'ignore', 'pipe'];
// Node keeps up to 0.6 GiB for itself beside what it decodes.
const ownMemory = 1024 ** 3;
// Where the machine has no memory left, the child ends, and not the application. No dump of somebody's photograph, no file,
// and no more memory than the kernel allows, should the child's own watch fail.
const limited =
  'echo 1000 > /proc/$$/oom_score_adj; ulimit -c 0; ulimit -f 0; ulimit -d "$1"; shift; unset PWD; exec "$@"';

/** Starts the child that decodes: without this process's environment, its open files and its signals from a terminal. */
export function startChild(program: string, memory: number): ChildProcess {
  const command = [process.execPath, program, String(memory)] as const;
  const options = { env: {}, stdio, detached: platform !== 'win32', windowsHide: true };
  if (platform !== 'linux' || !existsSync('/bin/sh')) {
    return spawn(command[0], command.slice(1), options);
  }
  const kibibytes = String(Math.ceil((memory + ownMemory) / 1024));
  return spawn('/bin/sh', ['-c', limited, 'sh', kibibytes, ...command], options);
}
