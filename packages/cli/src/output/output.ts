import { styleText } from 'node:util';
import { spelledOut } from '@filefield/core/binding';
import type { ToldError } from '../errors/told-error.ts';
import type { Host, MaybeTerminal } from '../host.ts';
import { openProgress, type Progress } from './progress.ts';

/** How much is told. */
export interface OutputOptions {
  /** One JSON document instead of lines. */
  readonly json: boolean;
  /** Nothing but the result. */
  readonly quiet: boolean;
  /** More than usual. */
  readonly verbose: boolean;
}

type Style = Parameters<typeof styleText>[0];

/**
 * Where a command tells things: its result on stdout, everything else on stderr. Characters that would move the cursor
 * or hide are spelled out; whoever stops reading stops nothing.
 */
export class Output {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  readonly #host: Pick<Host, 'stdout' | 'stderr' | 'env'>;
  #progress: Progress | undefined;
  #isClosed = false;

  constructor(host: Pick<Host, 'stdout' | 'stderr' | 'env'>, options: OutputOptions) {
    this.#host = host;
    this.isJson = options.json;
    this.isQuiet = options.quiet;
    this.isVerbose = options.verbose;
    host.stdout.on('error', this.#closed);
    host.stderr.on('error', this.#closed);
  }

  /** Whether nobody reads the result any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** A line of the result; none in JSON. Waits while the reader is slow. */
  async line(text: string): Promise<void> {
    if (!this.isJson) await this.#write(`${spelledLines(text)}\n`);
  }

  /** A line about the work, on stderr; none in JSON or with `--quiet`. */
  note(text: string): void {
    if (!this.isJson && !this.isQuiet) this.#tell(spelledLines(text));
  }

  /** A line for those who want to know more, on stderr. */
  detail(text: string): void {
    if (this.isVerbose) this.note(text);
  }

  /** Something that the operator has to know, on stderr, with `--quiet` and `--json` too. */
  warn(text: string): void {
    this.#tell(this.style('yellow', spelledLines(text), this.#host.stderr));
  }

  /** The result as JSON. */
  async document(value: unknown): Promise<void> {
    if (this.isJson) await this.#write(`${JSON.stringify(value, undefined, 2)}\n`);
  }

  /** What is printed as JSON whether that was asked for or not. */
  async raw(text: string): Promise<void> {
    await this.#write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Tells an error: on stderr, or as the JSON document. */
  async error({ title, fix, code, stack }: ToldError): Promise<void> {
    if (this.isJson) {
      await this.document({ error: { title, fix, code, stack } });
      return;
    }
    const { stderr } = this.#host;
    this.#tell(this.style('red', spelledLines(title), stderr));
    if (fix !== undefined) this.#tell(spelledLines(fix));
    if (stack !== undefined) this.#tell(this.style('dim', spelledLines(stack), stderr));
  }

  /** A bar on a terminal, now and then a line elsewhere; ends when it is disposed of. */
  progress(label: string): Progress {
    const { stderr, env } = this.#host;
    const isSilent = this.isJson || this.isQuiet;
    this.#progress = openProgress(label, { stream: stderr, env, isSilent });
    return this.#progress;
  }

  /** A word in colour where the stream shows colours and `NO_COLOR` is not set. */
  style(style: Style, text: string, stream: MaybeTerminal<object> = this.#host.stdout): string {
    const isColoured = stream.isTTY === true && (this.#host.env['NO_COLOR'] ?? '') === '';
    return isColoured ? styleText(style, text, { validateStream: false }) : text;
  }

  /** A line of the result: what was looked at, its state in colour, what was seen. */
  async finding(subject: string, state: string, message: string): Promise<void> {
    if (this.isJson) return;
    const styles: Readonly<Record<string, Style>> = { good: 'green', bad: 'red', advice: 'yellow' };
    const shown = this.style(styles[state] ?? 'dim', state);
    await this.#write(`${spelledLines(subject)}: ${shown}, ${spelledLines(message)}\n`);
  }

  /** Lets go of the streams. */
  close(): void {
    this.#host.stdout.off('error', this.#closed);
    this.#host.stderr.off('error', this.#closed);
  }

  readonly #closed = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    this.#isClosed = true;
  };

  #tell(text: string): void {
    this.#progress?.clear();
    if (!this.#host.stderr.destroyed) this.#host.stderr.write(`${text}\n`);
  }

  async #write(text: string): Promise<void> {
    const { stdout } = this.#host;
    if (this.#isClosed || stdout.destroyed) {
      this.#isClosed = true;
      return;
    }
    this.#progress?.clear();
    const { promise, resolve } = Promise.withResolvers<void>();
    // Also called after an error, which the listener has heard by then.
    stdout.write(text, () => resolve());
    await promise;
  }
}

/** Each line with its control characters spelled out; colours are added afterwards. */
function spelledLines(text: string): string {
  return text.split('\n').map(spelledOut).join('\n');
}
