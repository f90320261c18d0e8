import { describe, expect, it } from 'vitest';

import { formatBytes, sizeIssue } from '../../packages/core/src/size-issue.ts';

describe('a size for people', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [1549, '1.5 kB'],
    [5_000_000, '5 MB'],
    [6_100_000, '6.1 MB'],
    [1_250_000_000, '1.3 GB'],
    [7_000_000_000_000, '7 TB'],
    [7_000_000_000_000_000, '7000 TB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('is exact where rounding would hide the difference', () => {
    expect(sizeIssue(5_000_000, 5_000_001).message).toBe(
      '5000001 bytes is over the limit of 5000000 bytes',
    );
  });
});
