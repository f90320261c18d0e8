import { createInterface } from 'node:readline/promises';
import { UsageError } from '../errors/cli-error.ts';
import { Interruption } from '../errors/interruption.ts';
import type { Host } from '../host.ts';
import type { Output } from './output.ts';

/** What is asked before something is done that cannot be undone. */
export interface Question {
  /** What is going to happen, one sentence. */
  readonly warning: string;
  /** Lines before it. */
  readonly preface?: readonly string[] | undefined;
  /** Told when the answer is no. */
  readonly cancelled: string;
}

/** Thrown when the operator said no. */
export class Cancelled extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/**
 * Asks on a terminal; only `yes` goes on.
 * @throws {@link UsageError} where nobody can be asked. @throws {@link Cancelled} when the answer is another one.
 */
export async function confirm(
  { warning, preface = [], cancelled }: Question,
  { host, output }: { readonly host: Host; readonly output: Output },
): Promise<void> {
  const isAsked = host.stdin.isTTY === true && host.stderr.isTTY === true && !output.isJson;
  if (!isAsked) throw new UsageError(`Cannot ask before it goes on: ${warning}`, 'Pass --yes');
  const readline = createInterface({ input: host.stdin, output: host.stderr });
  try {
    const lines = [...preface, warning, 'Are you sure you want to do this?', '', ''].join('\n');
    const question = `${lines}Type 'yes' to continue, or 'no' to cancel: `;
    const ended = new AbortController();
    readline.once('close', () => ended.abort());
    // On a terminal Ctrl-C is a key, which reaches no process while a line is read.
    readline.once('SIGINT', () => ended.abort(new Interruption('SIGINT')));
    const signal = AbortSignal.any([host.signal, ended.signal]);
    const answer = await readline.question(question, { signal }).catch(() => '');
    if (signal.reason instanceof Interruption) throw signal.reason;
    if (answer !== 'yes') throw new Cancelled(cancelled);
  } finally {
    readline.close();
  }
}
