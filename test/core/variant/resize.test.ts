import { resize, variant } from '@filefield/core';
import { variantFile } from '@filefield/core/binding';
import { describe, expect, it } from 'vitest';
import { photo } from './shown-file.ts';

const make = async (): Promise<{ bytes: Uint8Array }> => ({ bytes: new Uint8Array() });

describe('resize()', () => {
  it('makes WebP that fills its box unless told otherwise', () => {
    expect(resize(200, 100)).toMatchObject({
      type: 'image/webp',
      resize: { width: 200, height: 100, fit: 'cover', enlarge: false },
    });
  });

  it.each([
    ['no side', () => resize(undefined)],
    ['no pixels', () => resize(0)],
    ['a negative side', () => resize(-200, 200)],
    ['a fraction', () => resize(200.5)],
    ['what is no number', () => resize(Number.NaN)],
    ['infinity', () => resize(200, Infinity)],
    ['more than WebP can hold', () => resize(16_384)],
    ['a text', () => resize('200' as never)],
    ['a fit that there is not', () => resize(200, 200, 'crop' as never)],
    ['a type that is not written', () => resize(200, 200, 'cover', { type: 'image/gif' as never })],
    ['quality 0', () => resize(200, 200, 'cover', { quality: 0 })],
    ['quality 101', () => resize(200, 200, 'cover', { quality: 101 })],
    ['a color by its name', () => resize(200, 200, 'contain', { background: 'white' })],
    ['something else than yes or no', () => resize(200, 2, 'cover', { enlarge: 1 as never })],
  ])('refuses %s', (_, declare) => {
    expect(declare).toThrow(RangeError);
  });

  it('says what is wrong', () => {
    expect(() => resize(0)).toThrow(
      'Cannot declare a variant: width 0 is not a whole number from 1 to 16383',
    );
  });

  it('does not compile with a wrong fit or option', () => {
    // @ts-expect-error there is no such fit
    expect(() => resize(200, 200, 'crop')).toThrow(RangeError);
    // @ts-expect-error there is no such option
    expect(resize(200, 200, 'cover', { qualty: 80 }).type).toBe('image/webp');
  });
});

describe('variant()', () => {
  it.each([
    ['without a function', undefined, { type: 'image/png', version: 1 }],
    ['of a type that is no image', make, { type: 'text/html', version: 1 }],
    ['of an SVG, which may run scripts', make, { type: 'image/svg+xml', version: 1 }],
    ['without a version', make, { type: 'image/png', version: '' }],
    ['of half a pixel', make, { type: 'image/png', version: 1, width: 0.5 }],
  ])('is refused %s', (_, function_, options) => {
    expect(() => variant(function_ as never, options as never)).toThrow(TypeError);
  });
});

describe('the name of a variant’s object', () => {
  const thumb = resize(200, 200);

  it('is a function of the row and the definition', () => {
    expect(variantFile('thumb', thumb, photo)).toMatch(/^thumb-[\da-f]{20}\.webp$/);
    expect(variantFile('thumb', resize(200, 200), { ...photo })).toBe(
      variantFile('thumb', thumb, photo),
    );
  });

  it.each([
    ['its name', 'small', thumb, photo],
    ['its size', 'thumb', resize(201, 200), photo],
    ['its quality', 'thumb', resize(200, 200, 'cover', { quality: 80 }), photo],
    ['what makes it', 'thumb', variant(make, { type: 'image/webp', version: 1 }), photo],
    ['its original', 'thumb', thumb, { ...photo, uploadedAt: '2026-11-21T12:00:00.000Z' }],
  ])('is another one with %s', (_, name, definition, row) => {
    expect(variantFile(name, definition, row)).not.toBe(variantFile('thumb', thumb, photo));
  });

  it('is another one with the version of the function that makes it', () => {
    const [first, second] = [1, 2].map((version) => variant(make, { type: 'image/png', version }));

    expect(first?.fingerprint).not.toBe(second?.fingerprint);
  });

  it('stays the same when a backfill finds out more of the original', () => {
    const { size: _, ...unknown } = photo;

    expect(variantFile('thumb', thumb, { ...photo, sha256: 'a'.repeat(64) })).toBe(
      variantFile('thumb', thumb, unknown),
    );
  });
});
