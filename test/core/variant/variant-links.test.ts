import { resize, StorageOptionsError } from '@filefield/core';
import { openVariantLink, variantFile, variantLinks } from '@filefield/core/binding';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { key, photo, shownFile } from './shown-file.ts';

const definitions = { thumb: resize(200, 200) };
const file = variantFile('thumb', definitions.thumb, photo);
const links = variantLinks({ baseUrl: '/variants', keys: [key] });

function urlOf(visibility: 'public' | 'private', download?: true): string {
  const shown = shownFile(photo, { definitions, visibility, onDemand: links('User.avatar') });
  return shown.getUrl({ variant: 'thumb', download });
}

const tokenOf = (url: string): string => url.split('/')[2] ?? '';

afterEach(() => {
  vi.useRealTimers();
});

describe('the URL of a variant that is made on demand', () => {
  it('says what is asked for, and ends in a filename', () => {
    const url = urlOf('private', true);

    expect(url).toMatch(new RegExp(`^/variants/[\\w.-]+/${file}$`));
    expect(openVariantLink(tokenOf(url), [key])).toEqual({
      state: 'valid',
      link: {
        field: 'User.avatar',
        storage: 'media',
        name: 'avatars/me.jpg',
        variant: 'thumb',
        file,
        download: 'me at sea.webp',
        expires: expect.any(Number),
      },
    });
  });

  it('stays the same within its window, so that caches work', () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 20, 12) });
    const [first, second] = [urlOf('private'), (vi.advanceTimersByTime(1000), urlOf('private'))];

    expect(second).toBe(first);
  });

  it('ends where the original is private', () => {
    const token = tokenOf(urlOf('private'));

    expect(openVariantLink(token, [key], new Date(Date.now() + 3_700_000)).state).toBe('expired');
  });

  it('does not end where the original is public', () => {
    const later = new Date(Date.now() + 1e12);

    const opened = openVariantLink(tokenOf(urlOf('public')), [key], later);

    expect(opened).toMatchObject({ state: 'valid', link: { expires: undefined } });
  });

  it('is opened with any of the keys', () => {
    expect(openVariantLink(tokenOf(urlOf('public')), ['o'.repeat(32), key]).state).toBe('valid');
  });

  it.each([
    ['another key', (token: string) => token, 'o'.repeat(32)],
    ['no key', (token: string) => token, undefined],
    ['a changed end', (token: string) => `${token}x`, key],
    ['a changed beginning', (token: string) => `x${token}`, key],
    ['nothing', () => '', key],
    ['rubbish', () => '../..//%00', key],
  ])('is forged with %s', (_, change, with_) => {
    const keys = with_ === undefined ? [] : [with_];

    expect(openVariantLink(change(tokenOf(urlOf('public'))), keys).state).toBe('forged');
  });

  it.each([
    ['no keys', { baseUrl: '/v/', keys: [] }],
    ['a short key', { baseUrl: '/v/', keys: ['short'] }],
    ['a base with a query', { baseUrl: '/v/?a=', keys: [key] }],
    ['a base without a host', { baseUrl: 'variants/', keys: [key] }],
    ['a life of no time', { baseUrl: '/v/', keys: [key], urlExpiresIn: 0 }],
  ])('is not made with %s', (_, options) => {
    expect(() => variantLinks(options)).toThrow(StorageOptionsError);
  });
});
