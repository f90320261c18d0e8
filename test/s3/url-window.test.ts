import { StorageOptionsError } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { UrlCache } from '../../packages/s3/src/url-cache.ts';
import { urlLifetime, type LifetimeOptions } from '../../packages/s3/src/url-lifetime.ts';
import { windowStart } from '../../packages/s3/src/url-window.ts';

const start = 1_800_000_000;
const hour = Array.from({ length: 3600 }, (_, second) => start + second);

describe('the window of a URL', () => {
  it('lasts as long as it is said to', () => {
    const begins = new Set(hour.map((now) => windowStart('a.txt', 1800, now)));

    const sorted = [...begins].toSorted((a, b) => a - b);
    expect(sorted).toHaveLength(3);
    expect(sorted.map((begin) => begin - sorted[0]!)).toEqual([0, 1800, 3600]);
  });

  it('has begun, and not ended', () => {
    const ages = hour.map((now) => now - windowStart('a.txt', 1800, now));

    expect(Math.min(...ages)).toBe(0);
    expect(Math.max(...ages)).toBe(1799);
  });

  it('begins at other times for other names', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `avatars/${index}.png`);

    const begins = new Set(names.map((name) => windowStart(name, 1800, start)));

    expect(begins.size).toBeGreaterThan(700);
  });

  it('is the same in every process: FNV-1a decides', () => {
    expect(windowStart('avatars/me.png', 1800, start)).toBe(1_799_998_599);
  });

  it.each([0, 1])('is the moment where it lasts %i seconds', (window) => {
    expect(windowStart('a.txt', window, start + 7)).toBe(start + 7);
  });
});

describe('a URL lives', () => {
  it.each<[what: string, options: Partial<LifetimeOptions>, least: number, most: number]>([
    ['at least half its life by default', {}, 1801, 3600],
    ['its life less its window', { urlWindow: 600 }, 3001, 3600],
    ['its whole life without a window', { urlWindow: 0 }, 3600, 3600],
    ['half of a shorter life', { urlWindow: 3000, expiresIn: 60 }, 31, 60],
    ['its longer life less the window', { urlWindow: 600, expiresIn: 7200 }, 6601, 7200],
    ['a second', { expiresIn: 1 }, 1, 1],
  ])('%s', (_what, options, least, most) => {
    const left = hour.map((now) => lifetime(options, now).expires - now);

    expect(Math.min(...left)).toBe(least);
    expect(Math.max(...left)).toBe(most);
  });

  it('never longer than the keys that sign it', () => {
    const ends = hour.map((now) => lifetime({ last: start + 3600 }, now));

    expect(Math.max(...ends.map(({ expires }) => expires))).toBe(start + 3600);
    expect(Math.max(...ends.map(({ until }) => until))).toBe(start + 3600);
  });

  it.each([0, -1, 1.5, 604_801, Number.NaN, Infinity])('not for %d seconds', (expiresIn) => {
    expect(() => lifetime({ expiresIn }, start)).toThrow(StorageOptionsError);
  });
});

describe('the memory of URLs', () => {
  it('ends with the window', () => {
    const cache = new UrlCache();
    cache.set('a', 'https://a', 1000);

    expect(cache.get('a', 999)).toBe('https://a');
    expect(cache.get('a', 1000)).toBeUndefined();
  });

  it('forgets what nobody asks for', () => {
    const cache = new UrlCache(2);
    cache.set('old', 'https://old', 1000);
    cache.set('kept', 'https://kept', 1000);
    cache.set('new', 'https://new', 1000);
    cache.get('kept', 1);
    cache.set('newer', 'https://newer', 1000);

    const found = ['old', 'kept', 'new', 'newer'].map((key) => cache.get(key, 1) !== undefined);

    expect(found).toEqual([false, true, true, true]);
  });

  it('can be cleared', () => {
    const cache = new UrlCache();
    cache.set('a', 'https://a', 1000);

    cache.clear();

    expect(cache.get('a', 1)).toBeUndefined();
  });
});

function lifetime(options: Partial<LifetimeOptions>, now: number) {
  return urlLifetime('a.txt', { urlExpiresIn: 3600, ...options }, now);
}
