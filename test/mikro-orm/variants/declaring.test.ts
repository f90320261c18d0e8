import { FieldFile, type ImageTransformer } from '@filefield/core';
import { imageField, type FileFieldsOptions, type VariantsOptions } from '@filefield/mikro-orm';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { ImageField } from '@filefield/mikro-orm/es';
import { png } from '../../support/image-bytes.ts';
import { createApp } from '../support.ts';
import { sized, testEngine } from './support.ts';

const id = p.integer().primary();
const transformer: ImageTransformer = { url: ({ variant }) => `https://images/${variant}` };
const made = { ...sized(100), resize: undefined, make: async () => ({ bytes: png() }) };

type Options = NonNullable<Parameters<typeof imageField>[0]>;

const mistakes: [reason: string, options: Options, more?: VariantsOptions][] = [
  ['variant "a b" has no usable name', { variants: { 'a b': sized(1) } }],
  ['variant "" has no usable name', { variants: { '': sized(1) } }],
  ['variant "../x" has no usable name', { variants: { '../x': sized(1) } }],
  [`variant "${'x'.repeat(65)}" has`, { variants: { ['x'.repeat(65)]: sized(1) } }],
  ['variant "a" is no definition', { variants: { a: null as never } }],
  ['variant "a" is no definition', { variants: { a: { width: 1 } as never } }],
  [
    'variant "a" is no definition',
    { variants: { a: { ...sized(1), type: 'text/html' as never } } },
  ],
  ['variant "a" is no definition', { variants: { a: { ...sized(1), make: made.make } } }],
  ['generate "later" is not known', { variants: { a: sized(1) }, generate: 'later' as never }],
  [`column: 'name' keeps nothing but the name`, { variants: { a: sized(1) }, column: 'name' }],
  [`column: 'name' keeps nothing but the name`, { placeholder: true, column: 'name' }],
  ['generate "eager" needs an engine', { variants: { a: sized(1) }, generate: 'eager' }],
  ['generate "eager" needs an engine', { placeholder: true, generate: 'eager' }],
];

const fine: [what: string, options: Options, more?: VariantsOptions][] = [
  ['background without an engine, which another process has', { variants: { a: sized(1) } }],
  ['eager functions without an engine', { variants: { a: made }, generate: 'eager' }],
  [
    'eager with an engine',
    { variants: { a: sized(1) }, generate: 'eager' },
    { engine: testEngine() },
  ],
  ['names alone with a service', { variants: { a: sized(1) }, column: 'name' }, { transformer }],
];

async function start(options: Options, variants: VariantsOptions = {}): Promise<unknown> {
  const Card = defineEntity({
    name: 'Card',
    properties: { id, image: imageField(options as object).nullable() },
  });
  return await createApp([Card], { files: { variants } });
}

describe('an image field with variants', () => {
  it.each(mistakes)('stops the start: %s', async (reason, options) => {
    await expect(start(options)).rejects.toMatchObject({
      code: 'FIELD_DEFINITION',
      field: 'Card.image',
      message: expect.stringContaining(reason),
    });
  });

  it.each(fine)('starts: %s', async (_what, options, variants) => {
    await expect(start(options, variants)).resolves.toBeDefined();
  });

  it('declares the table of work only where something is made in the background', async () => {
    const Card = defineEntity({
      name: 'Card',
      properties: { id, image: imageField({ variants: { a: sized(1) } }).nullable() },
    });
    const app = await createApp([Card], { files: { variants: { transformer } } });

    expect(await app.sql(`select to_regclass('file_variant_work') as work`)).toEqual([
      { work: null },
    ]);
  });

  it('leaves room in its names for those of its variants', async () => {
    const Card = defineEntity({
      name: 'Card',
      properties: (q) => ({
        id: q.integer().primary(),
        image: imageField({ variants: { ['x'.repeat(64)]: sized(1) } }).nullable(),
      }),
    });
    const app = await createApp([Card], { files: { variants: { engine: testEngine() } } });
    const manager = app.em();
    const image = FieldFile.from(png(), { filename: `${'long'.repeat(80)}.png` });
    manager.create(Card, { image });
    await manager.flush();

    const { variants } = await app.files.worker.drain();

    expect(variants).toMatchObject({ variants: 1, problems: [] });
    expect(Buffer.byteLength(image.name?.split('/').pop() ?? '')).toBe(253);
  });

  it('takes nothing but definitions, to TypeScript', () => {
    const wrong = [
      // @ts-expect-error: resize() makes one
      () => imageField({ variants: { thumb: { width: 100 } } }),
      // @ts-expect-error: there is no such moment
      () => imageField({ generate: 'later' }),
      // @ts-expect-error: it is a yes or no
      () => ImageField({ placeholder: 'thumbhash' }),
    ];

    expect(wrong).toHaveLength(3);
    expectTypeOf<FileFieldsOptions['variants']>().toEqualTypeOf<VariantsOptions | undefined>();
  });
});
