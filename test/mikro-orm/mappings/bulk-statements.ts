import type { FieldFile } from '@filefield/core';
import { text } from '../support.ts';
import type { App } from '../support.ts';
import type { Bulk, Mapping } from './mapping.ts';

/** Replaces the file of the one row by each bulk statement in turn, and answers what the journal lists then. */
export async function bulkStatements(
  app: App,
  { entity, table, path, bulk, keys, place }: Mapping,
): Promise<string[]> {
  const em = app.em();
  const key = async (): Promise<object> => {
    const { primaryKeys } = app.orm.getMetadata().get(entity);
    const [found] = await app.em().find(entity, {}, { fields: primaryKeys as never });
    return Object.fromEntries(primaryKeys.map((name) => [name, Reflect.get(found, name)]));
  };
  const statements: Record<Bulk, (file: FieldFile) => Promise<unknown>> = {
    insertMany: async (file) => {
      await app.sql(`delete from ${table}`);
      return em.insertMany(entity, [{ title: 'x', ...keys(), ...place(file) } as never]);
    },
    nativeUpdate: (file) => em.nativeUpdate(entity, {}, place(file) as never),
    upsert: async (file) =>
      app.em().upsert(entity, { title: 'x', ...keys(), ...place(file), ...(await key()) }),
    upsertMany: async (file) =>
      app
        .em()
        .upsertMany(entity, [{ title: 'x', ...keys(), ...place(file), ...(await key()) } as never]),
    'qb.update': (file) =>
      em
        .qb(entity)
        .update(place(file) as never)
        .execute(),
  };
  for (const name of bulk) {
    const staged = await app.files.stage(entity, path, text(name, name));
    await statements[name](staged);
  }
  return app.journal();
}
