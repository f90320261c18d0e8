import { imageField } from '@filefield/mikro-orm';
import { defineEntity, type EntitySchema } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp } from '../support.ts';
import { picture, sized, testEngine } from './support.ts';

const image = () => imageField({ variants: { thumb: sized(100) } }).nullable();

/** The entity that has the image, those around it, and its table. */
type Mapping = readonly [entities: EntitySchema[], table: string, keys?: object];

function inheriting(
  by: { inheritance: 'tpt' } | { discriminatorColumn: 'kind'; discriminatorValue: string },
  isOfParent: boolean,
): EntitySchema[] {
  const own = { image: image() };
  const Parent = defineEntity({
    name: 'Paper',
    ...by,
    properties: (p) => ({
      id: p.integer().primary(),
      ...('discriminatorColumn' in by && { kind: p.string() }),
      ...(isOfParent && own),
    }),
  });
  const Child = defineEntity({
    name: 'Contract',
    extends: Parent,
    ...('discriminatorColumn' in by && { discriminatorValue: 'contract' }),
    properties: (p) => ({ signed: p.boolean().nullable(), ...(isOfParent ? {} : own) }),
  });
  return [Child as EntitySchema, Parent as EntitySchema];
}

const single = { discriminatorColumn: 'kind', discriminatorValue: 'paper' } as const;
const own = { inheritance: 'tpt' } as const;

function plain(more: object): EntitySchema[] {
  return [
    defineEntity({
      name: 'Doc',
      ...more,
      properties: (p) => ({ id: p.integer().primary(), image: image() }),
    }) as EntitySchema,
  ];
}

const mappings: Record<string, Mapping> = {
  'of a single table’s child': [inheriting(single, false), 'paper', { kind: 'contract' }],
  'of a single table’s root': [inheriting(single, true), 'paper', { kind: 'contract' }],
  'of a table per type, its own': [inheriting(own, false), 'paper'],
  'of a table per type, the parent’s': [inheriting(own, true), 'paper'],
  'in another schema': [plain({ schema: 'other' }), 'other.doc'],
  'in a table whose name needs quotes': [plain({ tableName: 'a "b"' }), '"a ""b"""'],
};

describe('an image field', () => {
  it.each(Object.entries(mappings))('%s has its variants', async (_, [entities, table, keys]) => {
    const app = await createApp(entities, { files: { variants: { engine: testEngine() } } });
    const em = app.em();
    em.create(entities[0]!, { ...keys, image: picture() });
    await em.flush();

    const { variants } = await app.files.worker.drain();
    const report = await app.files.reconcile({ olderThan: '0ms' });
    await app.sql(`delete from ${table}`);

    expect(variants).toMatchObject({ originals: 1, variants: 1, problems: [] });
    expect(report).toMatchObject({ objects: 2, references: 2, orphans: [], missing: [] });
    expect(await app.reclaim()).toEqual([]);
  });
});
