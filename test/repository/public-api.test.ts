import { describe, expect, it } from 'vitest';
import { packageEntries } from '../support/entry-exports.ts';

// A change here is a change for users: accept it with `vitest -u` and add a changeset.
describe('the public API', () => {
  it('has these entries', async () => {
    const entries = await packageEntries();

    expect(entries.map(({ specifier }) => specifier)).toEqual([
      '@filefield/core',
      '@filefield/core/binding',
      '@filefield/core/testing',
      '@filefield/mikro-orm',
      '@filefield/mikro-orm/legacy',
      '@filefield/mikro-orm/es',
    ]);
  });

  it('of @filefield/core is this', async () => {
    const exported = Object.keys(await import('@filefield/core'));

    expect(exported).toMatchInlineSnapshot();
  });

  it('of @filefield/core/binding is this', async () => {
    const exported = Object.keys(await import('@filefield/core/binding'));

    expect(exported).toMatchInlineSnapshot();
  });

  it('of @filefield/core/testing is this', async () => {
    const exported = Object.keys(await import('@filefield/core/testing'));

    expect(exported).toMatchInlineSnapshot();
  });

  it('of @filefield/mikro-orm is this', async () => {
    const exported = Object.keys(await import('@filefield/mikro-orm'));

    expect(exported).toMatchInlineSnapshot();
  });

  it('of @filefield/mikro-orm/legacy is this', async () => {
    const exported = Object.keys(await import('@filefield/mikro-orm/legacy'));

    expect(exported).toMatchInlineSnapshot();
  });

  it('of @filefield/mikro-orm/es is this', async () => {
    const exported = Object.keys(await import('@filefield/mikro-orm/es'));

    expect(exported).toMatchInlineSnapshot();
  });
});
