import { describe, expect, it } from 'vitest';

import { signUrl, stableExpiry, verifyUrl } from '../../packages/core/src/url-signature.ts';

const key = 'k'.repeat(32);
const other = 'o'.repeat(32);
const grant = { storage: 'private', name: 'a/b.pdf', expires: 1_900_000_000 };
const before = new Date(1_899_999_999_000);
const after = new Date(1_900_000_000_000);

describe('a signed URL', () => {
  it('is valid until it expires', () => {
    const query = signUrl({ ...grant, download: 'Bill & Co.pdf', type: 'application/pdf' }, key);

    expect(verifyUrl(grant, query, [key], before)).toBe('valid');
    expect(verifyUrl(grant, query, [key], after)).toBe('expired');
  });

  it('survives its way through a URL', () => {
    const query = signUrl({ ...grant, download: true }, key);

    const { searchParams } = new URL(`https://host.test/media/a/b.pdf?${query.toString()}`);

    expect(searchParams.get('download')).toBe('');
    expect(verifyUrl(grant, searchParams, [key], before)).toBe('valid');
  });

  it('is valid under any of several keys', () => {
    expect(verifyUrl(grant, signUrl(grant, other), [key, other], before)).toBe('valid');
  });

  it.each<
    [what: string, object: { storage: string; name: string }, change: Record<string, string>]
  >([
    ['another object', { storage: 'private', name: 'a/c.pdf' }, {}],
    ['another storage', { storage: 'public', name: 'a/b.pdf' }, {}],
    ['a later end', grant, { expires: '1900000001' }],
    ['a download', grant, { download: 'x.pdf' }],
    ['another type', grant, { type: 'text/html' }],
    ['another signature', grant, { signature: 'x' }],
    ['no signature', grant, { signature: '' }],
  ])('is forged for %s', (_what, object, change) => {
    const query = signUrl(grant, key);
    for (const [parameter, value] of Object.entries(change)) query.set(parameter, value);

    expect(verifyUrl(object, query, [key], before)).toBe('forged');
  });

  it('is forged when a parameter comes twice', () => {
    const query = signUrl({ ...grant, type: 'text/plain' }, key);
    query.append('type', 'text/html');

    expect(verifyUrl(grant, query, [key], before)).toBe('forged');
  });

  it('is forged under a key that is not in use', () => {
    expect(verifyUrl(grant, signUrl(grant, other), [key], before)).toBe('forged');
    expect(verifyUrl(grant, signUrl(grant, other), [], before)).toBe('forged');
  });
});

describe('the end of a URL', () => {
  const seconds = (count: number): Date => new Date((1_800_000_000 + count) * 1000);
  const ends = Array.from({ length: 7200 }, (_, index) =>
    stableExpiry('a.txt', 3600, seconds(index)),
  );

  it('stays the same for a window of half its life', () => {
    expect(new Set(ends).size).toBeLessThanOrEqual(5);
  });

  it('is never nearer than half its life, nor further than all of it', () => {
    const left = ends.map((end, index) => end - 1_800_000_000 - index);

    expect(Math.min(...left)).toBeGreaterThan(1800);
    expect(Math.max(...left)).toBeLessThanOrEqual(3600);
  });

  it('is another for other names, so that not all change at once', () => {
    const names = Array.from({ length: 20 }, (_, index) => `${index}.txt`);

    const found = new Set(names.map((name) => stableExpiry(name, 3600, seconds(0))));

    expect(found.size).toBeGreaterThan(10);
  });
});
