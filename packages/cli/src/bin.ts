#!/usr/bin/env node
import { Console } from 'node:console';
import process from 'node:process';
import { Interruption } from './errors/interruption.ts';
import { run } from './run.ts';

// What the project's own code prints must not come between the lines, or into the JSON, of the result.
globalThis.console = new Console(process.stderr);

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const reason = new Interruption(signal);
    if (interruption.signal.aborted) process.exit(reason.exitCode);
    interruption.abort(reason);
  });
}

const { stdin, stdout, stderr, env } = process;
const host = { stdin, stdout, stderr, env, cwd: process.cwd(), signal: interruption.signal };
// Connections that a driver keeps open must not keep the process.
process.exit(await run(process.argv.slice(2), host));
