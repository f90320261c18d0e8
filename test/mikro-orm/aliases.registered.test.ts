import { defineStorages, FieldFile, MemoryStorage } from '@filefield/core';
import type { StorageAlias } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { FileField } from '@filefield/mikro-orm/es';
import { describe, expect, expectTypeOf, it } from 'vitest';

const storages = defineStorages({
  default: () => new MemoryStorage(),
  private: () => new MemoryStorage(),
});

declare module '@filefield/core' {
  interface Register {
    storages: typeof storages;
  }
}

/** Checked by the compiler, never run. */
function unrun(_work: () => unknown): void {}

describe('registered storages', () => {
  it('are the only aliases', () => {
    expectTypeOf<StorageAlias>().toEqualTypeOf<'default' | 'private'>();
    expect(storages.aliases).toEqual(['default', 'private']);
  });

  it('make an unknown alias of a field a compile error', () => {
    unrun(() => {
      fileField({ storage: 'private' });
      // @ts-expect-error no such alias
      fileField({ storage: 'privat' });
      FileField({ storage: 'default' });
      // @ts-expect-error no such alias
      FileField({ storage: 'public' });
      fileField({ storage: new MemoryStorage() });
      fileField({ storage: () => new MemoryStorage() });
      // @ts-expect-error no storage
      fileField({ storage: () => 'private' });
      // @ts-expect-error a promise
      fileField({ storage: async () => new MemoryStorage() });
      // @ts-expect-error no storage
      fileField({ storage: {} });
      storages.get('private');
      // @ts-expect-error no such alias
      storages.get('privat');
    });
  });

  it('leave rows free to name others, which may have been renamed since', () => {
    unrun(() => FieldFile.stored({ storage: 'archive', name: 'a.txt' }));
  });
});
