import { defineStorages, MemoryStorage } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import type { FileFieldOptions } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import type { Options } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createApp, outcome, text } from '../support.ts';

/** Starts an ORM with a field in an embeddable of this kind; needs no database. */
async function startEmbedded(field: FileFieldOptions, kind: 'inline' | 'object' | 'array') {
  const Profile = defineEntity({
    name: 'Profile',
    embeddable: true,
    properties: () => ({ photo: fileField(field).nullable() }),
  });
  const Doc = defineEntity({
    name: 'Doc',
    properties: (p) => ({
      id: p.integer().primary(),
      profile: () => (kind === 'inline' ? p.embedded(Profile) : p.embedded(Profile)[kind]()),
    }),
  });
  return start([Doc, Profile]);
}

async function start(entities: Options['entities']): Promise<MikroORM> {
  const storages = defineStorages({ default: () => new MemoryStorage() });
  const extensions = [fileFields({ storages, worker: 'manual' })];
  return MikroORM.init({ dbName: 'none', entities: entities ?? [], extensions });
}

async function startDoc(field: FileFieldOptions): Promise<MikroORM> {
  const Doc = defineEntity({
    name: 'Doc',
    properties: (p) => ({ id: p.integer().primary(), file: fileField(field).nullable() }),
  });
  return start([Doc]);
}

describe('a mapping that cannot work', () => {
  it.each([{ kind: 'object' }, { kind: 'array' }] as const)(
    'stops the start: a name in a document ($kind)',
    async ({ kind }) => {
      await expect(startEmbedded({ column: 'name' }, kind)).rejects.toThrow(
        /^Cannot declare Doc\.profile\.photo: column 'name' needs a column of its own, not a place in a JSON document$/,
      );
    },
  );

  it.each([{ kind: 'inline' }, { kind: 'object' }, { kind: 'array' }] as const)(
    'stops the start: a default in an embeddable ($kind)',
    async ({ kind }) => {
      await expect(startEmbedded({ default: 'a.png' }, kind)).rejects.toThrow(
        /^Cannot declare Doc\.profile\.photo: a default inside an embeddable has no moment/,
      );
    },
  );

  it.each([
    { what: 'an empty default of a JSON column', field: { default: '' } },
    { what: 'a default that climbs out', field: { default: '../a.png' } },
    { what: 'a default that is absolute', field: { default: '/a.png' } },
  ])('stops the start: $what', async ({ field }) => {
    await expect(startDoc(field)).rejects.toThrow(
      /^Cannot declare Doc\.file: default ".*" is the name of no object$/,
    );
  });

  it.each([{ maxLength: 31 }, { maxLength: 99.5 }, { maxLength: -1 }])(
    'stops the start: $maxLength characters',
    async ({ maxLength }) => {
      await expect(startDoc({ column: 'name', maxLength })).rejects.toThrow(
        /^Cannot declare Doc\.file: maxLength .* is no number of at least 32 characters$/,
      );
    },
  );

  it.each([{ column: 'json' }, { column: 'name' }] as const)(
    'stops the start: a file as part of the primary key (column: $column)',
    async ({ column }) => {
      const Doc = defineEntity({
        name: 'Doc',
        properties: (p) => ({
          id: p.integer().primary(),
          file: fileField({ column }).primary(),
        }),
      });

      await expect(start([Doc])).rejects.toThrow(/a file cannot be the primary key/);
    },
  );

  it.each([{ column: 'json' }, { column: 'name' }] as const)(
    'stops the start: a table in every schema (column: $column)',
    async ({ column }) => {
      const Doc = defineEntity({
        name: 'Doc',
        schema: '*',
        properties: (p) => ({ id: p.integer().primary(), file: fileField({ column }).nullable() }),
      });

      await expect(start([Doc])).rejects.toThrow(/^Cannot declare Doc\.file: .*wildcard schema/);
    },
  );
});

describe('an entity manager with a schema of its own', () => {
  const Doc = defineEntity({
    name: 'Doc',
    properties: (p) => ({ id: p.integer().primary(), file: fileField().nullable() }),
  });
  const Archived = defineEntity({
    name: 'Archived',
    schema: 'archive',
    properties: (p) => ({ id: p.integer().primary(), file: fileField().nullable() }),
  });

  it('saves no file where the table has no triggers', async () => {
    const app = await createApp([Doc]);
    await app.sql('create schema tenant; create table tenant.doc (like doc including all)');
    const em = app.orm.em.fork({ schema: 'tenant' });
    em.create(Doc, { file: text('a.txt') });

    await expect(em.flush()).rejects.toThrow(
      /^Cannot save Doc\.file in storage "default": only "doc" in schema "public" has its triggers, not that in "tenant"$/,
    );
    expect(await app.objects()).toEqual([]);
  });

  it('reads what is there, and writes rows without files', async () => {
    const app = await createApp([Doc]);
    await app.sql('create schema tenant; create table tenant.doc (like doc including all)');
    const em = app.orm.em.fork({ schema: 'tenant' });
    em.create(Doc, { id: 1 });

    expect(await outcome(em.flush())).toBe('ok');
    expect(await app.sql('select id, file from tenant.doc')).toEqual([{ id: 1, file: null }]);
  });

  it('changes nothing for a table that says its schema', async () => {
    const app = await createApp([Archived]);
    const em = app.orm.em.fork({ schema: 'tenant' });
    const doc = em.create(Archived, { file: text('a.txt') });
    await em.flush();
    doc.file = doc.file!.renamed('b.txt');

    await em.flush();

    expect(await app.reclaim()).toEqual(['b.txt']);
  });
});
