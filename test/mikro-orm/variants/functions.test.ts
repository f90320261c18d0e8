import { variant, type ImageTransformer } from '@filefield/core';
import { imageField, type VariantsOptions } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, type App } from '../support.ts';
import { picture, sized, testEngine } from './support.ts';

type Make = Parameters<typeof variant>[0];

/** An application whose image has one variant by a function, and one by the engine. */
async function createCards(make: Make, variants: VariantsOptions = {}): Promise<App> {
  const Card = defineEntity({
    name: 'Card',
    properties: (p) => ({
      id: p.integer().primary(),
      image: imageField({
        variants: { mark: variant(make, { type: 'image/png', version: 1 }), thumb: sized(100) },
      }).nullable(),
    }),
  });
  const app = await createApp([Card], {
    files: { variants: { engine: testEngine(), ...variants } },
  });
  const em = app.em();
  em.create(Card, { image: picture() });
  await em.flush();
  return app;
}

async function listed(app: App): Promise<object> {
  const [row] = await app.sql<{ variants: object }>(
    `select image -> 'variants' as variants from card`,
  );
  return row?.variants ?? {};
}

describe('a function of the application', () => {
  it('is given the bytes, and what it makes is stored beside what the engine makes', async () => {
    const app = await createCards(async (source) => {
      const bytes = Buffer.concat(await Array.fromAsync(source));
      return { bytes: Buffer.from(`${bytes.byteLength} bytes`), width: 3 };
    });

    const { variants } = await app.files.worker.drain();

    expect(variants).toMatchObject({ variants: 2, problems: [] });
    expect(await listed(app)).toMatchObject({
      mark: { type: 'image/png', width: 3, name: expect.stringMatching(/^mark-.*\.png$/) },
      thumb: { type: 'image/webp' },
    });
  });

  it.each<[what: string, make: Make, reason: string]>([
    ['throws', () => Promise.reject(new Error('no such font')), 'no such font'],
    ['gives nothing', async () => ({ bytes: new Uint8Array() }), 'gave no bytes'],
    ['gives something else', async () => 'a text' as never, 'gave no bytes'],
  ])('that %s is told with its reason, and nothing is stored', async (_what, make, reason) => {
    const app = await createCards(make);

    const { variants } = await app.files.worker.drain();

    expect(variants).toMatchObject({ refused: 1, problems: [expect.stringContaining(reason)] });
    expect(variants?.problems[0]).toContain('the variant "mark" cannot be made of it');
    expect(await app.objects()).toHaveLength(1);
  });

  it('under which the storage fails is not to blame', async () => {
    const app = await createCards(async (source) => {
      await Array.fromAsync(source);
      return { bytes: Buffer.from('x') };
    });
    app.faults.push({ operation: 'open', when: 'during', afterBytes: 10 });

    const { variants } = await app.files.worker.drain();

    expect(variants).toMatchObject({ failed: 1, refused: 0 });
  });
});

describe('with a service that makes variants', () => {
  const transformer: ImageTransformer = {
    url: ({ variant: name, definition, row }) =>
      definition.resize && `https://images/${name}/${row.filename}`,
  };

  it('only functions are made and stored here', async () => {
    const app = await createCards(async () => ({ bytes: Buffer.from('x') }), { transformer });

    const { variants } = await app.files.worker.drain();

    expect(variants).toMatchObject({ originals: 1, variants: 1 });
    expect(Object.keys(await listed(app))).toEqual(['mark']);
  });

  it('its URLs are given, also of columns that keep names alone', async () => {
    const Card = defineEntity({
      name: 'Card',
      properties: (p) => ({
        id: p.integer().primary(),
        image: imageField({ column: 'name', variants: { thumb: sized(100) } }).nullable(),
      }),
    });
    const app = await createApp([Card], { files: { variants: { transformer } } });
    const manager = app.em();
    const image = picture('me.png');
    manager.create(Card, { image });
    await manager.flush();

    expect(image.getUrl({ variant: 'thumb' })).toBe('https://images/thumb/me.png');
  });
});

describe('a process that cannot make variants', () => {
  it('reclaims, and says nothing of them in its report', async () => {
    const app = await createCards(async () => ({ bytes: Buffer.from('x') }), { engine: undefined });

    const report = await app.files.worker.drain();

    expect(report).not.toHaveProperty('variants');
    expect(await app.sql('select attempts from file_variant_work')).toEqual([{ attempts: 0 }]);
  });
});
