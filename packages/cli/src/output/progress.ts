import process from 'node:process';
import { spelledOut } from '@filefield/core/binding';
import { Presets, SingleBar } from 'cli-progress';
import type { Host } from '../host.ts';
import { humanSize } from './human-size.ts';

/** How far some work is. */
export interface ProgressState {
  readonly done: number;
  /** Default: not known yet. */
  readonly total?: number | undefined;
  /** What it is doing. Default: the last one. */
  readonly label?: string | undefined;
  /** Whether the numbers are bytes. */
  readonly isBytes?: boolean | undefined;
  /** Put after the numbers. */
  readonly detail?: string | undefined;
}

/** Shows how far some work is, until it is disposed of. */
export interface Progress extends Disposable {
  update(state: ProgressState): void;
  /** Takes the bar away for a line that is printed in its place; the next update brings it back. */
  clear(): void;
}

/** Where progress is shown. */
export interface ProgressTarget {
  readonly stream: Host['stderr'];
  readonly env: Host['env'];
  readonly isSilent: boolean;
}

/** A bar on a terminal; elsewhere a line when the work begins, now and then, and when it ends. */
export function openProgress(label: string, target: ProgressTarget): Progress {
  if (target.isSilent) return { update() {}, clear() {}, [Symbol.dispose]() {} };
  const isBar = target.stream.isTTY === true && target.env['TERM'] !== 'dumb';
  return isBar ? new Bar(label, target.stream) : new Lines(label, target.stream);
}

class Bar implements Progress {
  readonly #bar: SingleBar;
  #label: string;
  #isShown = false;
  /** A process that is made to end must not leave a terminal without cursor. */
  readonly #ended = (): void => this.clear();

  constructor(label: string, stream: Host['stderr']) {
    this.#label = label;
    const format = '{label} {bar} {count} {detail}';
    this.#bar = new SingleBar(
      { stream, format, hideCursor: true, clearOnComplete: true, linewrap: false, etaBuffer: 50 },
      Presets.shades_classic,
    );
  }

  update(state: ProgressState): void {
    const { done, total = Math.max(done, 1), label = this.#label, detail = '' } = state;
    this.#label = label;
    const payload = { label: spelledOut(label), count: countOf(state), detail: spelledOut(detail) };
    if (this.#isShown) {
      this.#bar.setTotal(total);
      this.#bar.update(done, payload);
    } else {
      this.#bar.start(total, done, payload);
      this.#isShown = true;
      process.once('exit', this.#ended);
    }
  }

  clear(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    process.off('exit', this.#ended);
    this.#bar.stop();
  }

  [Symbol.dispose](): void {
    this.clear();
  }
}

/** Milliseconds between two lines about the same work. */
const pause = 5000;

class Lines implements Progress {
  readonly #stream: Host['stderr'];
  #label: string;
  #told: string | undefined;
  #last = '';
  #at = 0;

  constructor(label: string, stream: Host['stderr']) {
    this.#label = label;
    this.#stream = stream;
  }

  update(state: ProgressState): void {
    const { label = this.#label, detail = '' } = state;
    if (label !== this.#label) this.#tell();
    const isNew = this.#told === undefined || label !== this.#label;
    this.#label = label;
    this.#last = spelledOut(
      [label, countOf(state), detail].filter((part) => part !== '').join(' '),
    );
    if (isNew || performance.now() - this.#at >= pause) this.#tell();
  }

  clear(): void {}

  [Symbol.dispose](): void {
    this.#tell();
  }

  #tell(): void {
    if (this.#last === '' || this.#last === this.#told) return;
    this.#told = this.#last;
    this.#at = performance.now();
    if (!this.#stream.destroyed) this.#stream.write(`${this.#last}\n`);
  }
}

function countOf({ done, total, isBytes }: ProgressState): string {
  const shown = isBytes === true ? humanSize : String;
  return total === undefined ? shown(done) : `${shown(done)}/${shown(total)}`;
}
