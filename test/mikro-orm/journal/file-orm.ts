import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EntitySchema } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type Options } from '@mikro-orm/postgresql';
import { onTestFinished } from 'vitest';
import {
  declareFileTable,
  declareJournal,
} from '../../../packages/mikro-orm/src/journal/declare-journal.ts';
import type { TestDatabase } from '../../support/database.ts';

/** A table `m` with these file columns. */
export function entityWith(...columns: string[]): EntitySchema {
  const files = columns.map((name) => [
    name,
    { type: 'json', columnType: 'jsonb', nullable: true },
  ]);
  return new EntitySchema({
    name: 'M',
    tableName: 'm',
    properties: { id: { type: 'integer', primary: true }, ...Object.fromEntries(files) },
  });
}

/** A table that never has files, because MikroORM wants at least one entity. */
export const other: EntitySchema = new EntitySchema({
  name: 'Other',
  tableName: 'other',
  properties: { id: { type: 'integer', primary: true } },
});

/** MikroORM with the journal and triggers on every json column, as the extension declares them. */
export async function fileOrm(
  database: TestDatabase,
  entities: EntitySchema[],
  { journalSchema, ...options }: Options & { journalSchema?: string } = {},
): Promise<MikroORM> {
  const orm = await MikroORM.init({
    ...database.connection,
    entities: [...entities, other],
    extensions: [
      Migrator,
      { register: (registering) => declareJournal(registering as MikroORM, journalSchema) },
    ],
    discovery: {
      afterDiscovered(storage) {
        const metas = [...storage.getAll().values()].filter(
          ({ className }) => className !== 'FileJournal',
        );
        metas.forEach((meta) => {
          const columns = meta.props
            .filter(({ columnTypes }) => columnTypes?.[0] === 'jsonb')
            .map((prop) => ({ column: prop.fieldNames[0]! }));
          const table = {
            name: meta.tableName,
            ...(meta.schema !== undefined && { schema: meta.schema }),
          };
          if (columns.length > 0) {
            declareFileTable(meta, table, columns, {
              grace: '24 hours',
              ...(journalSchema !== undefined && { journalSchema }),
            });
          }
        });
      },
    },
    ...options,
  });
  onTestFinished(() => orm.close(true));
  return orm;
}

/** A directory for migrations from which packages resolve, removed after the test. */
export async function migrationsDirectory(): Promise<string> {
  const parent = join(import.meta.dirname, '../../dist');
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(join(parent, 'migrations-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes and runs the migration to a version of the model; gives its statements and those of a second one. */
export async function migrate(
  orm: MikroORM,
  name: string,
): Promise<{ up: string[]; again: string[] }> {
  const { diff } = await orm.migrator.create(undefined, false, false, name);
  await orm.migrator.up();
  const again = await orm.migrator.create(undefined, false, false, `${name}_again`);
  return { up: diff.up, again: again.diff.up };
}

/** Our triggers in the database: `table:kind`, sorted. */
export async function triggersOf(orm: MikroORM): Promise<string[]> {
  const rows = await orm.em
    .getConnection()
    .execute<{ name: string }[]>(
      `select tgrelid::regclass || ':' || split_part(tgname, '_', 2) as name from pg_trigger where not tgisinternal order by 1`,
    );
  return rows.map(({ name }) => name);
}

/** The journal's functions in the database, sorted. */
export async function functionsOf(orm: MikroORM): Promise<string[]> {
  const rows = await orm.em
    .getConnection()
    .execute<{ name: string }[]>(
      `select proname as name from pg_proc where proname ~ '^filefield_' and prorettype <> 'trigger'::regtype order by 1`,
    );
  return rows.map(({ name }) => name.replace('filefield_', ''));
}
