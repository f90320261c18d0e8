import { join } from 'node:path';
import {
  defineStorages,
  fallbackStorage,
  FileSystemStorage,
  type FileStorage,
  type Storages,
} from '@filefield/core';
import { fileField, fileFields, type FileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import { onTestFinished } from 'vitest';
import { createDatabase } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** Something that has a file. */
export const Paper = defineEntity({
  name: 'Paper',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string().unique(),
    file: fileField({ storage: 'media', maxSize: 1000 }).nullable(),
    scan: fileField({ storage: 'next' }).nullable(),
  }),
});

/** An application as it runs until it is restarted. */
export interface RunningApp {
  readonly files: FileFields;
  readonly storages: Storages;
  em(): EntityManager;
  sql<Row extends object>(sql: string): Promise<Row[]>;
  /** Runs everything that is listed now, whenever it is due. */
  drain(): ReturnType<FileFields['worker']['drain']>;
  /** Compares everything, the youngest too. */
  reconcile(): ReturnType<FileFields['reconcile']>;
  stop(): Promise<void>;
}

/** A deployment whose files move from a disk to what stands for a bucket: another directory, unless one is given. */
export interface MovingSite {
  readonly disk: FileStorage;
  readonly bucket: FileStorage;
  /** `media` is the disk; `next` is the bucket, here and later. */
  before(): Promise<RunningApp>;
  /** `media` reads through the bucket to the disk, which is `old`. */
  during(): Promise<RunningApp>;
  /** `media` is the bucket, and `old` the disk. */
  after(): Promise<RunningApp>;
  /** Copies what is not in the bucket yet, byte by byte. */
  copyAll(): Promise<void>;
  /** Names in the bucket and on the disk, each sorted. */
  names(): Promise<{ bucket: string[]; disk: string[] }>;
}

const keys = ['a secret of more than 32 characters'];

/** Starts with empty storages and a database of its own; the schema is made. */
export async function createMovingSite(createBucket?: () => FileStorage): Promise<MovingSite> {
  const directory = await temporaryDirectory();
  const onDisk = (name: string) => (): FileStorage =>
    new FileSystemStorage({
      location: join(directory, name),
      baseUrl: '/media/',
      uploadUrl: '/uploads',
      keys,
    });
  const [disk, bucket] = [onDisk('disk'), createBucket ?? onDisk('bucket')];
  const database = await createDatabase();
  const start = async (factories: Record<string, () => FileStorage>): Promise<RunningApp> => {
    const storages = defineStorages(factories);
    const files = fileFields({
      storages,
      keys,
      environment: 'test',
      worker: 'manual',
      grace: '0ms',
    });
    const orm = await MikroORM.init({
      ...database.connection,
      entities: [Paper],
      extensions: [files],
    });
    await orm.schema.update();
    await files.ready();
    let isRunning = true;
    const app: RunningApp = {
      files,
      storages,
      em: () => orm.em.fork(),
      sql: async <Row extends object>(sql: string) =>
        await orm.em.getConnection().execute<Row[]>(sql),
      async drain() {
        await app.sql(
          `update file_journal set due_at = now() where state = 0 and due_at < 'infinity'`,
        );
        return await files.worker.drain();
      },
      reconcile: async () => await files.reconcile({ olderThan: '0ms' }),
      async stop() {
        if (isRunning) await orm.close(true);
        isRunning = false;
      },
    };
    onTestFinished(async () => await app.stop());
    return app;
  };
  const site: MovingSite = {
    disk: disk(),
    bucket: bucket(),
    before: async () => await start({ media: disk, next: bucket }),
    during: async () =>
      await start({
        media: () => fallbackStorage({ primary: bucket(), fallback: disk() }),
        old: disk,
        next: bucket,
      }),
    after: async () => await start({ media: bucket, old: disk, next: bucket }),
    async copyAll() {
      for await (const { name } of site.disk.walk()) {
        if (await site.bucket.exists(name)) continue;
        await site.bucket.save(name, await site.disk.open(name), { ifExists: 'error' });
      }
    },
    names: async () => ({ bucket: await namesIn(site.bucket), disk: await namesIn(site.disk) }),
  };
  return site;
}

async function namesIn(storage: FileStorage): Promise<string[]> {
  return (await Array.fromAsync(storage.walk(), ({ name }) => name)).toSorted();
}
