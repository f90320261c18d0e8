import { defineStorages, FieldFile, MemoryStorage } from '@filefield/core';
import type { FileStorage } from '@filefield/core';
import { failingStorage } from '@filefield/core/testing';
import type { FailingStorage, StorageCall, StorageFault } from '@filefield/core/testing';
import { fileFields } from '@filefield/mikro-orm';
import type { FileFields, FileFieldsOptions } from '@filefield/mikro-orm';
import { MikroORM } from '@mikro-orm/postgresql';
import type { EntityManager, Options } from '@mikro-orm/postgresql';
import { onTestFinished } from 'vitest';
import { createDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

/** An application with file fields, on a database of its own. */
export interface App {
  readonly database: TestDatabase;
  readonly orm: MikroORM;
  readonly files: FileFields;
  /** Below the alias `default`. */
  readonly storage: FailingStorage;
  /** Below the alias `other`, another location. */
  readonly other: FailingStorage;
  /** Faults of `default`; may be changed while the test runs. */
  readonly faults: StorageFault[];
  /** The statements so far, `begin` and `commit` included; warnings too. */
  readonly log: string[];
  /** A fork of the ORM's entity manager. */
  em(): EntityManager;
  sql<Row extends object = Record<string, unknown>>(
    sql: string,
    params?: readonly unknown[],
  ): Promise<Row[]>;
  /** What is listed: `filename reason due|later|held`, sorted; the dead and the deleted left out. */
  journal(): Promise<string[]>;
  /** Filenames of the objects in both storages, sorted. */
  objects(): Promise<string[]>;
  /** Runs everything that is due or ever will be, and answers {@link objects}. */
  reclaim(): Promise<string[]>;
  /** How often the storages were told to save or copy. */
  uploads(): number;
}

/** Options of {@link createApp}. */
export interface AppOptions {
  readonly files?: Partial<FileFieldsOptions>;
  readonly orm?: Options;
  readonly default?: FileStorage;
  readonly other?: FileStorage;
  /** Makes the tables. Default: `schema.create()`. */
  readonly prepare?: ((orm: MikroORM) => Promise<void>) | undefined;
  /** The test loses a connection inside a transaction: MikroORM 7.2.1 never gives it back, and closing waits for it. */
  readonly losesConnection?: boolean;
}

/** An application of its own for one test. */
export async function createApp(
  entities: NonNullable<Options['entities']>,
  options: AppOptions = {},
): Promise<App> {
  const database = await createDatabase();
  const faults: StorageFault[] = [];
  const storage = failingStorage(options.default ?? new MemoryStorage(), faults);
  const other = failingStorage(options.other ?? new MemoryStorage());
  const files = fileFields({
    storages: defineStorages({ default: () => storage, other: () => other }),
    worker: 'manual',
    grace: '0ms',
    ...options.files,
  });
  const log: string[] = [];
  const orm = await MikroORM.init({
    ...database.connection,
    entities,
    debug: ['query', 'info'],
    colors: false,
    // What wakes the workers comes on its own time.
    logger: (message) => {
      if (!message.includes('pg_notify')) log.push(message.replace(/^\[\w+\] (\(.*?\) )?/, ''));
    },
    ...options.orm,
    extensions: [files, ...(options.orm?.extensions ?? [])],
  } as Options);
  onTestFinished(async () => {
    const closed = orm.close(true);
    if (options.losesConnection !== true) await closed;
  });
  await (options.prepare?.(orm) ?? orm.schema.create());
  if (options.prepare === undefined) await files.ready();
  storage.forgetCalls();
  other.forgetCalls();
  log.length = 0;

  const schema = options.files?.journal?.schema ?? options.orm?.schema ?? 'public';
  const journal = `"${schema}".file_journal`;
  const app: App = {
    database,
    orm,
    files,
    storage,
    other,
    faults,
    log,
    em: () => orm.em.fork(),
    sql: async <Row extends object>(sql: string, params: readonly unknown[] = []) =>
      await orm.em.getConnection().execute<Row[]>(sql, params),
    journal: async () => {
      const rows = await app.sql<{ name: string; reason: string; due: string }>(
        `select name, reason, case when due_at = 'infinity' then 'held' when due_at > now() then 'later' else 'due' end as due
           from ${journal} where state < 2 and storage <> ''`,
      );
      return rows.map(({ name, reason, due }) => `${stem(name)} ${reason} ${due}`).toSorted();
    },
    objects: async () => [...(await names(storage)), ...(await names(other))].map(stem).toSorted(),
    reclaim: async () => {
      await app.sql(`update ${journal} set due_at = now() where state = 0 and due_at < 'infinity'`);
      await files.worker.drain();
      return await app.objects();
    },
    uploads: () => [...storage.calls, ...other.calls].filter(isWrite).length,
  };
  return app;
}

/** A pending text file. */
export function text(filename: string, content: string = filename): FieldFile {
  return FieldFile.from(content, { filename });
}

/** A pending text file whose bytes can be read once. */
export function stream(filename: string, content: string = filename): FieldFile {
  return FieldFile.from(new Blob([content]).stream(), { filename });
}

/** The name without its directory and random token; a copy from a column of names has two. */
export function stem(name: string): string {
  return name.replace(/^.*\//, '').replace(/(?:_[0-9a-z]{22})+(?=\.|$)/, '');
}

/** What a promise rejects with: the error's class and, where there is one, its `reason`; `ok` when it does not. */
export async function outcome(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'ok',
    (error: unknown) => {
      if (!(error instanceof Error)) return String(error);
      return 'reason' in error ? `${error.name} ${String(error.reason)}` : error.name;
    },
  );
}

/** Lets a promise settle within fifteen seconds, else answers `stuck`. */
export async function unlessStuck<T>(promise: Promise<T>): Promise<T | 'stuck'> {
  const { promise: stuck, resolve } = Promise.withResolvers<'stuck'>();
  const timer = setTimeout(() => resolve('stuck'), 15_000);
  return await Promise.race([promise, stuck]).finally(() => clearTimeout(timer));
}

async function names(storage: FileStorage): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of storage.walk()) found.push(name);
  return found.filter((name) => !name.startsWith('.filefield/'));
}

function isWrite({ operation, names: [name] }: StorageCall): boolean {
  const isOwner = name?.startsWith('.filefield/') ?? false;
  return !isOwner && (operation === 'save' || operation === 'copy');
}
