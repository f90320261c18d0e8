import { StorageOptionsError } from '@filefield/core';

/** A length of time: `500ms`, `30s`, `15m`, `24h`, `7d`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A duration in milliseconds.
 * @throws {@link StorageOptionsError} naming the option when it is not a length of time.
 */
export function milliseconds(option: string, duration: Duration): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) ?? [];
  if (amount === undefined || unit === undefined || !(unit in units)) {
    const shown = JSON.stringify(duration);
    throw new StorageOptionsError(
      `Cannot use ${shown} as ${option}: write a duration such as "24h" or "30s"`,
    );
  }
  return Number(amount) * units[unit as keyof typeof units];
}

const intervals = {
  ms: 'milliseconds',
  s: 'seconds',
  m: 'minutes',
  h: 'hours',
  d: 'days',
} as const;

/** A duration as a PostgreSQL interval: `24 hours`. */
export function interval(option: string, duration: Duration): string {
  milliseconds(option, duration);
  return duration.replace(/[a-z]+$/, (unit) => ` ${intervals[unit as keyof typeof intervals]}`);
}
