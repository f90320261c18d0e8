import { defineStorages, FieldFile, MemoryStorage } from '@filefield/core';
import type { FileStorage } from '@filefield/core';
import { failingStorage } from '@filefield/core/testing';
import type { FailingStorage, StorageFault } from '@filefield/core/testing';
import { fileField, fileFields } from '@filefield/mikro-orm';
import type { FileFields, FileFieldsOptions, MigrateReport } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import type { EntityManager, Options } from '@mikro-orm/postgresql';
import { onTestFinished } from 'vitest';
import { createDatabase } from '../../support/database.ts';
import { stem } from '../support.ts';

/** A file, and a name as Django keeps it. */
export const Note = defineEntity({
  name: 'Note',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string().default(''),
    file: fileField({ storage: 'media' }).nullable(),
    named: fileField({ storage: 'media', column: 'name', onDelete: 'reclaim' }).nullable(),
  }),
});

/** A process of one deployment. */
export interface Process {
  readonly orm: MikroORM;
  readonly files: FileFields;
  readonly em: () => EntityManager;
  /** A saved note with a file of that name, which it holds too. */
  readonly note: (filename: string, content?: string) => Promise<InstanceType<typeof Note.class>>;
}

/** Two places, and a database: what stays while configurations come and go. */
export interface Site {
  /** Where the objects are at first. */
  readonly disk: FailingStorage;
  /** Where they go. */
  readonly s3: FailingStorage;
  readonly diskFaults: StorageFault[];
  readonly s3Faults: StorageFault[];
  /** Starts a process; `media` is the alias of the fields. */
  open(
    storages: Record<string, () => FileStorage>,
    options?: Partial<FileFieldsOptions>,
    orm?: Options,
  ): Promise<Process>;
  /** The first configuration: `media` is the disk, `next` the place to come. */
  first(options?: Partial<FileFieldsOptions>, orm?: Options): Promise<Process>;
  /** The last one: `media` is the new place, `old` the disk. */
  last(options?: Partial<FileFieldsOptions>): Promise<Process>;
  sql<Row extends object = Record<string, unknown>>(sql: string): Promise<Row[]>;
  /** What the journal lists: `filename storage reason due|later|held`, sorted. */
  journal(): Promise<string[]>;
  /** Stems of the objects. */
  names(storage: FileStorage): Promise<string[]>;
}

/** Called inside a test. */
export async function createSite(
  places: {
    disk?: FileStorage;
    s3?: FileStorage;
    entities?: NonNullable<Options['entities']>;
  } = {},
): Promise<Site> {
  const database = await createDatabase();
  const diskFaults: StorageFault[] = [];
  const s3Faults: StorageFault[] = [];
  const disk = failingStorage(places.disk ?? new MemoryStorage(), diskFaults);
  const s3 = failingStorage(places.s3 ?? new MemoryStorage(), s3Faults);
  let isCreated = false;
  let last: MikroORM | undefined;
  const site: Site = {
    disk,
    s3,
    diskFaults,
    s3Faults,
    async open(storages, options, more) {
      const files = fileFields({
        storages: defineStorages(storages),
        worker: 'manual',
        grace: '1h',
        journal: { schema: 'public' },
        ...options,
      });
      const orm = await MikroORM.init({
        ...database.connection,
        entities: places.entities ?? [Note],
        ...more,
        extensions: [files],
      } as Options);
      last ??= orm;
      onTestFinished(async () => orm.close(true));
      if (!isCreated) await orm.schema.create();
      isCreated = true;
      const em = (): EntityManager => orm.em.fork();
      return {
        orm,
        files,
        em,
        async note(filename, content = filename) {
          const own = em();
          const note = own.create(Note, { file: FieldFile.from(content, { filename }) });
          await own.flush();
          return note;
        },
      };
    },
    first: async (options, orm) => site.open({ media: () => disk, next: () => s3 }, options, orm),
    last: async (options) => site.open({ media: () => s3, old: () => disk }, options),
    sql: async <Row extends object>(sql: string) =>
      await last!.em.getConnection().execute<Row[]>(sql),
    async journal() {
      const rows = await site.sql<{ name: string; storage: string; reason: string; due: string }>(
        `select name, storage, reason, case when due_at = 'infinity' then 'held' when due_at > now() then 'later' else 'due' end as due
        from public.file_journal where state < 2 and storage <> ''`,
      );
      return rows
        .map(({ name, storage, reason, due }) => `${stem(name)} ${storage} ${reason} ${due}`)
        .toSorted();
    },
    async names(storage) {
      const found: string[] = [];
      for await (const { name } of storage.walk()) found.push(stem(name));
      return found.toSorted();
    },
  };
  return site;
}

/** The numbers and findings of a report, without what a test does not ask about. */
export function told({ next: _, dryRun: __, from: ___, to: ____, ...report }: MigrateReport) {
  return report;
}
