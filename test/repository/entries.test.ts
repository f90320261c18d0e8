import { describe, expect, it } from 'vitest';
import {
  otherThanReexports,
  packageEntries,
  undocumentedExports,
} from '../support/entry-exports.ts';

const entries = await packageEntries();

describe('the entries of the packages', () => {
  it.each(entries)('$specifier only re-exports, by name', (entry) => {
    expect(otherThanReexports(entry)).toBe('');
  });

  it.each(entries)('$specifier exports nothing without documentation', async ({ file }) => {
    expect(await undocumentedExports(file)).toEqual([]);
  });
});
