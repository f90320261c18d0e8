import { FileSystemStorage } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { createApp } from '../support.ts';
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

describe('a file that is created, replaced, renamed, rolled back, cleared, deleted', () => {
  it.each(inBothForms)(
    'leaves exactly what its row refers to: $place (column: $form)',
    async ({ mapping }) => {
      const app = await createApp(mapping.entities, { orm: mapping.options ?? {} });

      expect(await walkThrough(app, mapping)).toEqual(expected);
    },
  );

  it.each(inDocuments)('leaves exactly what its row refers to: $place', async ({ mapping }) => {
    const app = await createApp(mapping.entities, { orm: mapping.options ?? {} });

    expect(await walkThrough(app, mapping)).toEqual(expected);
  });

  it.each(forms)('leaves it on the disk too (column: $form)', async ({ form }) => {
    const location = await temporaryDirectory();
    const mapping = mappings['of its own']!(form);
    const app = await createApp(mapping.entities, { default: new FileSystemStorage({ location }) });

    expect(await walkThrough(app, mapping)).toEqual(expected);
  });
});
