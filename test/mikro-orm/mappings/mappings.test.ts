import { FileSystemStorage } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { JsonCacheAdapter } from '../json-cache-adapter.ts';
import { createApp } from '../support.ts';
import type { App, AppOptions } from '../support.ts';
import type { Mapping } from './mapping.ts';
import { documents, mappings } from './mappings.ts';
import { expected, walkThrough } from './walk-through.ts';

const forms = [{ form: 'json' }, { form: 'name' }] as const;
const inBothForms = Object.entries(mappings).flatMap(([place, create]) =>
  forms.map(({ form }) => ({ place, form, mapping: create(form) })),
);
const inDocuments = Object.entries(documents).map(([place, create]) => ({
  place,
  mapping: create(),
}));

/** The application of a mapping; its result cache serialises to JSON. */
async function createMapped({ entities, options }: Mapping, more: AppOptions = {}): Promise<App> {
  const orm = { ...options, resultCache: { adapter: JsonCacheAdapter } };
  return createApp(entities, { ...more, orm });
}

describe('a file that is created, read, replaced, copied, renamed, rolled back, cleared, deleted', () => {
  it.each(inBothForms)(
    'leaves exactly what its row refers to: $place (column: $form)',
    async ({ mapping }) => {
      const app = await createMapped(mapping);

      expect(await walkThrough(app, mapping)).toEqual(expected(mapping));
    },
  );

  it.each(inDocuments)('leaves exactly what its row refers to: $place', async ({ mapping }) => {
    const app = await createMapped(mapping);

    expect(await walkThrough(app, mapping)).toEqual(expected(mapping));
  });

  it.each(forms)('leaves it on the disk too (column: $form)', async ({ form }) => {
    const location = await temporaryDirectory();
    const mapping = mappings['of its own']!(form);
    const app = await createMapped(mapping, { default: new FileSystemStorage({ location }) });

    expect(await walkThrough(app, mapping)).toEqual(expected(mapping));
  });
});
