import { cpus, loadavg, totalmem } from 'node:os';
import type { Spread } from './measure.ts';

/** Prints a Markdown table whose columns line up. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [head, head.map(() => '---'), ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  for (const line of lines) {
    console.log(`| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`);
  }
  console.log();
}

/** Says what is measured, on which machine, and how many processes wanted to run there in the last minute. */
export function printTitle(title: string, conditions: Readonly<Record<string, number>>): void {
  const sizes = Object.entries(conditions).map(([name, value]) => `${name} ${value}`);
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const processor = `${cpus().length} × ${cpus()[0]?.model ?? 'cpu'}`;
  const load = `load ${loadavg()[0]?.toFixed(1)}`;
  const machine = [processor, memory, `Node ${process.versions.node}`, load].join(', ');
  console.log(`## ${title}\n\n${machine}; ${sizes.join(', ')}\n`);
}

/** `12.3 ms` */
export function milliseconds({ median }: Spread): string {
  return `${median.toFixed(median < 100 ? 2 : 0)} ms`;
}

/** `1.24 (1.20–1.31)`: the median and the quartiles. */
export function ratio({ median, low, high }: Spread): string {
  return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

/** The ratio beside its budget. */
export function judged(found: Spread, budget: number): string {
  return `${ratio(found)} ${found.median <= budget ? '≤' : '> MISSED'} ${budget}`;
}

/** The ratio beside a budget that it has to reach. */
export function judgedAtLeast(found: Spread, budget: number): string {
  return `${ratio(found)} ${found.median >= budget ? '≥' : '< MISSED'} ${budget}`;
}

/** `70,123 (65,002–71,456)`: the median and the quartiles of a rate. */
export function rate({ median, low, high }: Spread): string {
  const [middle, least, most] = [median, low, high].map((value) =>
    Math.round(value).toLocaleString('en'),
  );
  return `${middle} (${least}–${most})`;
}

/** The rate beside its budget. */
export function perSecond(found: Spread, budget: number): string {
  return `${rate(found)} ${found.median >= budget ? '≥' : '< MISSED'} ${budget.toLocaleString('en')}`;
}

/** `37 ≤ 96`: a number beside its budget. */
export function atMost(found: number, budget: number): string {
  return `${found.toFixed(0)} ${found <= budget ? '≤' : '> MISSED'} ${budget}`;
}
