import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { bundledProgram } from '../support/bundled-program.ts';

/** How a child ended, and what it wrote. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

/** A running child. */
export interface Child {
  readonly ended: Promise<ChildEnd>;
  kill(): void;
}

/** Runs a program of this directory, in one file, with plain Node; the job is its one argument. */
export function startChild(
  program: string,
  job: object,
  onLine: (line: string) => void = () => {},
): Child {
  const child = bundledProgram(join(import.meta.dirname, program)).then((file) =>
    runFile(file, job, onLine),
  );
  return {
    ended: child.then(({ ended }) => ended),
    kill: () => void child.then((running) => running.kill()),
  };
}

/** Runs a program as it is, which takes longer to start: for what cannot be put into one file. */
export function runFile(
  file: string,
  job: object,
  onLine: (line: string) => void = () => {},
): Child {
  const { promise, resolve, reject } = Promise.withResolvers<ChildEnd>();
  const child = spawn(process.execPath, [file, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  let rest = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    for (const line of parts) onLine(line);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  child.once('error', reject);
  child.once('close', (code, signal) => resolve({ code, signal, lines, errors }));
  return { ended: promise, kill: () => void child.kill('SIGKILL') };
}
