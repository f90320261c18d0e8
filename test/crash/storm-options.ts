import { randomInt } from 'node:crypto';
import { weathers, type StormOptions } from './storm.ts';

/**
 * How long the storms of this run last: some seconds, or what `CRASH_OPERATIONS`, `CRASH_KILLS`, `CRASH_KILLS_AT_STEP`,
 * `CRASH_SECONDS` (of a round), `CRASH_WEATHER` (one for all rounds) and `CRASH_SEED` say.
 */
export function stormOptions(): StormOptions {
  const { CRASH_SEED, CRASH_SECONDS, CRASH_OPERATIONS, CRASH_KILLS, CRASH_KILLS_AT_STEP } =
    process.env;
  const { CRASH_WEATHER } = process.env;
  return {
    weather: weathers.find((weather) => weather === CRASH_WEATHER),
    seed: Number(CRASH_SEED ?? randomInt(1e9)),
    seconds: Number(CRASH_SECONDS ?? 1),
    operations: Number(CRASH_OPERATIONS ?? 20),
    kills: Number(CRASH_KILLS ?? 5),
    killsAtStep: Number(CRASH_KILLS_AT_STEP ?? 0),
  };
}

/** Milliseconds: what was asked for, on a slow machine. */
export function stormTimeout({ operations, kills, killsAtStep }: StormOptions): number {
  return 300_000 + operations * 500 + kills * 10_000 + killsAtStep * 300_000;
}
