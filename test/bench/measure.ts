import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Milliseconds of each step of a run, by the step's name. */
export type Timing = Readonly<Record<string, number>>;

/** What the rounds of a variant took, in their order. */
export type Timings = readonly Timing[];

/** The middle of many numbers, and the quarters around it. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects garbage, so that no variant pays for another. */
export function collectGarbage(): void {
  collect();
}

/**
 * Runs every variant once per round, another one first in each round, so that whatever else the machine does befalls
 * all of them.
 */
export async function interleave<Name extends string>(
  variants: Readonly<Record<Name, () => Promise<Timing>>>,
  { rounds, warmup = 3 }: { rounds: number; warmup?: number },
): Promise<Record<Name, Timings>> {
  const names = Object.keys(variants) as Name[];
  const timings = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    Timing[]
  >;
  for (let round = -warmup; round < rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(round + warmup + turn) % names.length]!;
      const timing = await variants[name]();
      if (round >= 0) timings[name].push(timing);
    }
  }
  return timings;
}

/** Milliseconds that the work takes. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The times of one step, or of all steps together. */
export function times(timings: Timings, step?: string): number[] {
  return timings.map((timing) =>
    step === undefined
      ? Object.values(timing).reduce((sum, time) => sum + time, 0)
      : (timing[step] ?? Number.NaN),
  );
}

/** Each round's ratio to the same round of another variant. */
export function ratios(timings: Timings, base: Timings, step?: string): number[] {
  const below = times(base, step);
  return times(timings, step).map((time, round) => time / (below[round] ?? Number.NaN));
}

/** The median and the quartiles. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}
