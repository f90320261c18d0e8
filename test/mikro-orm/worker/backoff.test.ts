import { describe, expect, it } from 'vitest';
import { backoff, maxAttempts } from '../../../packages/mikro-orm/src/worker/backoff.ts';

describe('the wait after a failure', () => {
  it.each([
    [1, 2.5, 5],
    [2, 5, 10],
    [10, 1280, 2560],
    [maxAttempts, 10_800, 21_600],
  ])('number %i is between %d and %d seconds', (attempts, shortest, longest) => {
    const waits = [backoff(attempts, 0), backoff(attempts, 1)];

    expect(waits).toEqual([shortest, longest]);
  });

  it('is random in its later half', () => {
    const wait = backoff(3);

    expect(wait).toBeGreaterThanOrEqual(10);
    expect(wait).toBeLessThanOrEqual(20);
  });
});
