#!/usr/bin/env node
import { Console } from 'node:console';
import process from 'node:process';
import { Interruption } from './errors/interruption.ts';
import { toldError } from './errors/told-error.ts';
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

// Such as a connection that breaks while nobody uses it.
process.on('uncaughtException', (error) => {
  const isVerbose = process.argv.includes('--verbose');
  const { title, stack = title } = toldError(error, { verbose: isVerbose });
  process.stderr.write(`${stack}\n`);
  process.exit(1);
});

const { stdin, stdout, stderr, env } = process;
const host = { stdin, stdout, stderr, env, cwd: process.cwd(), signal: interruption.signal };
// Connections that a driver keeps open must not keep the process.
process.exit(await run(process.argv.slice(2), host));
