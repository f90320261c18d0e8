import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compareNames } from '../../packages/core/src/byte-order.ts';

describe('the order of names', () => {
  it('is the order of their UTF-8 bytes', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareNames(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it('puts an emoji behind the last characters of the basic plane', () => {
    expect(['\u{1f600}', '\u{ffee}', 'z'].toSorted(compareNames)).toEqual([
      'z',
      '\u{ffee}',
      '\u{1f600}',
    ]);
  });
});
