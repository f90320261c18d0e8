import {
  defineStorages,
  fallbackStorage,
  MemoryStorage,
  StorageOptionsError,
  UnknownStorageError,
  type FileStorage,
  type Storages,
} from '@filefield/core';
import { describe, expect, expectTypeOf, it } from 'vitest';

function memory(id?: string): MemoryStorage {
  return new MemoryStorage({ id });
}

/** A storage somewhere else. */
function at(location: string): FileStorage {
  return Object.defineProperty(memory(), 'location', { value: location });
}

describe('a registry of storages', () => {
  it('builds a storage when its alias is used first, and once', () => {
    const built: string[] = [];
    const storages = defineStorages({
      default: () => (built.push('default'), memory()),
      private: () => (built.push('private'), memory()),
    });

    expect(built).toEqual([]);
    expect(storages.get('private')).toBe(storages.get('private'));
    expect(built).toEqual(['private']);
  });

  it('gives a storage its alias', () => {
    const storages = defineStorages({ avatars: () => memory() });

    expect(storages.get('avatars').alias).toBe('avatars');
  });

  it('leaves a storage under two aliases the first', () => {
    const shared = memory();
    const storages = defineStorages({ one: () => shared, two: () => shared });

    expect([storages.get('one').alias, storages.get('two').alias]).toEqual(['one', 'one']);
  });

  it('tells which aliases it knows', () => {
    const storages = defineStorages({ default: () => memory(), private: () => memory() });

    expect(storages.aliases).toEqual(['default', 'private']);
    expect([storages.has('private'), storages.has('toString')]).toEqual([true, false]);
  });

  it('says which aliases are defined when another is asked for', () => {
    const storages: Storages = defineStorages({ default: () => memory(), avatars: () => memory() });

    expect(() => storages.get('avatar')).toThrow(UnknownStorageError);
    expect(() => storages.get('avatar')).toThrow(
      'Cannot use storage "avatar": defined storages are "default", "avatars"',
    );
  });

  it('knows its aliases at compile time', () => {
    const storages = defineStorages({ default: () => memory(), private: () => memory() });

    expectTypeOf(storages.aliases).toEqualTypeOf<readonly ('default' | 'private')[]>();
    // @ts-expect-error a misspelt alias
    expect(() => storages.get('privat')).toThrow(UnknownStorageError);
    expectTypeOf(storages).toExtend<Storages>();
  });

  it.each<[what: string, factory: () => unknown, message: string]>([
    ['throws', () => raise(new Error('no bucket')), 'its factory threw Error'],
    ['gives nothing', () => undefined, 'its factory gave no storage'],
    ['gives another object', () => ({ location: 'x/' }), 'its factory gave no storage'],
    ['gives a promise', async () => memory(), 'its factory gave a promise, not a storage'],
    ['gives a place without a slash', () => at('memory://x'), 'its location does not end with "/"'],
  ])('names the alias when a factory %s', (_what, factory, message) => {
    const storages = defineStorages({ media: factory as () => FileStorage });

    expect(() => storages.get('media')).toThrow(StorageOptionsError);
    expect(() => storages.get('media')).toThrow(`Cannot use storage "media": ${message}`);
  });

  it('keeps what a factory threw as the cause', () => {
    const cause = new Error('no bucket');
    const storages = defineStorages({ media: () => raise(cause) });

    expect(() => storages.get('media')).toThrow(expect.objectContaining({ cause }));
  });

  it('says when a factory asks for itself', () => {
    const storages: Storages = defineStorages({ media: () => storages.get('media') });

    expect(() => storages.get('media')).toThrow('its factory asks for itself');
  });

  it('asks a factory again that failed', () => {
    const results = [() => raise(new Error('not yet')), () => memory()];
    const storages = defineStorages({ media: () => results.shift()?.() ?? memory() });
    expect(() => storages.get('media')).toThrow('its factory threw Error');

    expect(storages.get('media')).toBeInstanceOf(MemoryStorage);
  });

  it('refuses a fallback that it does not know', () => {
    const define = (): unknown =>
      // @ts-expect-error a misspelt alias
      defineStorages({ default: () => memory() }, { fallback: 'defalt' });

    expect(define).toThrow('Cannot use storage "defalt"');
  });

  it('tells its fallback and does not apply it', () => {
    const storages: Storages = defineStorages({ default: () => memory() }, { fallback: 'default' });

    expect(storages.fallback).toBe('default');
    expect(() => storages.get('none')).toThrow(UnknownStorageError);
  });
});

describe('an override', () => {
  it('stands in until it is restored', () => {
    const storages = defineStorages({ default: () => memory(), private: () => memory() });
    const original = storages.get('default');
    const other = memory();

    const restore = storages.override({ default: other });

    expect(storages.get('default')).toBe(other);
    expect(other.alias).toBe('default');
    restore();
    restore();
    expect(storages.get('default')).toBe(original);
  });

  it('does not build the storage that it stands in for', () => {
    const storages = defineStorages({ default: () => raise(new Error('no network in tests')) });

    using override = storages.override({ default: memory() });
    expect(override).toBeTypeOf('function');

    expect(storages.get('default')).toBeInstanceOf(MemoryStorage);
  });

  it('ends with its block', () => {
    const storages = defineStorages({ default: () => memory() });
    const other = memory();
    {
      using override = storages.override({ default: other });
      expect(override).toBeTypeOf('function');
      expect(storages.get('default')).toBe(other);
    }

    expect(storages.get('default')).not.toBe(other);
  });

  it('may be restored in any order', () => {
    const storages = defineStorages({ default: () => memory() });
    const original = storages.get('default');
    const [first, second] = [memory(), memory()];
    const restoreFirst = storages.override({ default: first });
    const restoreSecond = storages.override({ default: second });

    restoreFirst();
    expect(storages.get('default')).toBe(second);
    restoreSecond();

    expect(storages.get('default')).toBe(original);
  });

  it('of an unknown alias is refused', () => {
    const storages: Storages = defineStorages({ default: () => memory() });

    expect(() => storages.override({ defalt: memory() })).toThrow(UnknownStorageError);
  });
});

describe('an extended registry', () => {
  it('knows more, and shares what the first one built and overrides', () => {
    const storages = defineStorages({ default: () => memory() });
    const extended = storages.extend({ 'User.avatar': () => memory() });
    const other = memory();

    expect(extended.aliases).toEqual(['default', 'User.avatar']);
    expect(extended.get('default')).toBe(storages.get('default'));
    using override = storages.override({ default: other });
    expect(override).toBeTypeOf('function');
    expect(extended.get('default')).toBe(other);
    expect(storages.has('User.avatar')).toBe(false);
  });

  it('refuses an alias that is defined', () => {
    const storages = defineStorages({ default: () => memory() });

    expect(() => storages.extend({ default: () => memory() })).toThrow(
      'Cannot add storage "default": the alias is defined already',
    );
  });
});

describe('locations', () => {
  it('may be the same under two aliases', () => {
    const storages = defineStorages({
      one: () => at('file:///srv/'),
      two: () => at('file:///srv/'),
    });

    expect(() => storages.assertSeparate()).not.toThrow();
  });

  it('may begin alike', () => {
    const storages = defineStorages({
      one: () => at('file:///srv/'),
      two: () => at('file:///srv2/'),
    });

    expect(() => storages.assertSeparate()).not.toThrow();
  });

  it('are those of all parts of a storage', () => {
    const media = fallbackStorage({
      primary: at('file:///srv/new/'),
      fallback: at('file:///srv/old/'),
    });
    const storages = defineStorages({
      media: () => media,
      static: () => at('file:///srv/old/css/'),
    });

    expect(() => storages.assertSeparate()).toThrow(
      'Cannot use storages "media" and "static": the location of "static" lies inside that of "media"',
    );
  });

  it('may not lie inside one another, and the message does not tell where they are', () => {
    const storages = defineStorages({
      media: () => at('file:///srv/media/static/'),
      static: () => at('file:///srv/media/'),
    });

    expect(() => storages.assertSeparate()).toThrow(StorageOptionsError);
    expect(() => storages.assertSeparate()).toThrow(
      'Cannot use storages "static" and "media": the location of "media" lies inside that of "static", give each its own',
    );
  });
});

describe('getting ready and closing', () => {
  class Counting extends MemoryStorage {
    readonly log: string[] = [];

    async ready(): Promise<void> {
      this.log.push('ready');
    }

    async close(): Promise<void> {
      this.log.push('close');
    }
  }

  it('reaches every storage once', async () => {
    const shared = new Counting();
    const storages = defineStorages({
      one: () => shared,
      two: () => shared,
      three: () => memory(),
    });

    await storages.ready();
    await storages.close();

    expect(shared.log).toEqual(['ready', 'close']);
  });

  it('does not build a storage to close it', async () => {
    const storages = defineStorages({ default: () => raise(new Error('built')) });

    await expect(storages.close()).resolves.toBeUndefined();
  });

  it('builds a storage anew after it was closed', async () => {
    const storages = defineStorages({ default: () => memory() });
    const first = storages.get('default');

    await storages.close();

    expect(storages.get('default')).not.toBe(first);
  });

  it('reports every storage that fails', async () => {
    class Failing extends MemoryStorage {
      async ready(): Promise<void> {
        throw new Error('no network');
      }
    }
    const one = defineStorages({ a: () => new Failing(), b: () => memory() });
    const two = defineStorages({ a: () => new Failing(), b: () => new Failing() });

    await expect(one.ready()).rejects.toThrow('no network');
    await expect(two.ready()).rejects.toThrow('2 storages failed');
  });
});

function raise(error: Error): never {
  throw error;
}
