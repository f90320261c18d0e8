import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { collectGarbage, timed } from './measure.ts';

/** What one run took, and how far its process grew above its start. */
export interface ChildRun {
  readonly milliseconds: number;
  /** Bytes. */
  readonly growth: number;
}

/** Runs a script in a process of its own, so that its memory is its own; the script calls {@link reportRun}. */
export async function childRun(script: string, args: readonly string[]): Promise<ChildRun> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args]);
  return JSON.parse(stdout) as ChildRun;
}

/** Measures the work in this process and tells the parent. */
export async function reportRun(work: () => Promise<void>): Promise<void> {
  collectGarbage();
  const start = process.memoryUsage.rss();
  let peak = start;
  const sampling = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 5);
  const milliseconds = await timed(work);
  clearInterval(sampling);
  process.stdout.write(JSON.stringify({ milliseconds, growth: peak - start } satisfies ChildRun));
}
