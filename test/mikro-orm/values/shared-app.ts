import { defineStorages, MemoryStorage } from '@filefield/core';
import { fileFields } from '@filefield/mikro-orm';
import type { FileFields, FileFieldsOptions } from '@filefield/mikro-orm';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Options } from '@mikro-orm/postgresql';
import { afterAll } from 'vitest';
import { createDatabase } from '../../support/database.ts';
import type { TestDatabase } from '../../support/database.ts';

/** What the tests of a file share: they write rows of their own and read no other's. */
export interface SharedApp {
  readonly database: TestDatabase;
  readonly orm: MikroORM;
  readonly files: FileFields;
  /** The statements that reach the database while something runs. */
  readonly statements: (work: () => unknown) => Promise<string[]>;
  readonly sql: <Row extends object = Record<string, unknown>>(
    sql: string,
    params?: readonly unknown[],
  ) => Promise<Row[]>;
}

/** An application for all tests of a file; call it at the top. */
export async function createSharedApp(
  entities: NonNullable<Options['entities']>,
  options: { readonly files?: Partial<FileFieldsOptions>; readonly orm?: Options } = {},
): Promise<SharedApp> {
  const database = await createDatabase();
  const files = fileFields({
    storages: defineStorages({
      default: () => new MemoryStorage(),
      public: () => new MemoryStorage({ visibility: 'public' }),
    }),
    worker: 'manual',
    ...options.files,
  });
  const log: string[] = [];
  const orm = await MikroORM.init({
    ...database.connection,
    entities,
    debug: ['query'],
    colors: false,
    logger: (message) =>
      log.push(message.replace(/^\[query\] (\(.*?\) )?(.*?)( \[took .*)?$/s, '$2')),
    ...options.orm,
    extensions: [files, ...(options.orm?.extensions ?? [])],
  } as Options);
  afterAll(() => orm.close(true));
  await orm.schema.create();
  return {
    database,
    orm,
    files,
    async statements(work) {
      log.length = 0;
      await work();
      return [...log];
    },
    sql: async <Row extends object>(sql: string, params: readonly unknown[] = []) =>
      await orm.em.getConnection().execute<Row[]>(sql, params),
  };
}
