import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineStorages, FileSystemStorage } from '@filefield/core';
import { fileField, fileFields, type FileFieldsOptions } from '@filefield/mikro-orm';
import { defineEntity, MikroORM, type Options } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDistributionPostgres } from '../support/distribution-postgres.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { text } from './support.ts';

const Doc = defineEntity({
  name: 'Doc',
  properties: (p) => ({
    id: p.integer().primary(),
    file: fileField({}).nullable(),
    // Its name is not in the row as JSON.
    named: fileField({ column: 'name', onDelete: 'reclaim', onReplace: 'reclaim' }).nullable(),
  }),
});

const server = await startDistributionPostgres();

interface Deployment {
  readonly orm: MikroORM;
  readonly files: ReturnType<typeof fileFields>;
  readonly storage: FileSystemStorage;
}

/** An application on a database of the server, with its files in a directory. */
async function deploy(
  {
    dbName = 'prod',
    location,
    ...more
  }: { dbName?: string; location: string } & Partial<FileFieldsOptions>,
  options: Partial<Options> = {},
): Promise<Deployment> {
  const storage = new FileSystemStorage({ location });
  const files = fileFields({
    storages: defineStorages({ default: () => storage }),
    environment: 'prod',
    worker: 'manual',
    ...more,
  });
  const orm = await MikroORM.init({
    host: '127.0.0.1',
    port: server.port,
    user: 'postgres',
    dbName,
    entities: [Doc],
    extensions: [files],
    ...options,
  });
  onTestFinished(async () => {
    await files.close();
    await orm.close(true);
  });
  return { orm, files, storage };
}

/** Production with three rows, each with two files. */
async function production(options: Partial<FileFieldsOptions> = {}) {
  await server.tool('dropdb', '--if-exists', '--force', 'prod');
  await server.tool('createdb', 'prod');
  const location = await temporaryDirectory();
  const app = await deploy({ location, ...options });
  await app.orm.schema.create();
  const em = app.orm.em.fork();
  for (const id of [1, 2, 3]) {
    em.create(Doc, { id, file: text(`${id}.txt`), named: text(`named ${id}.txt`) });
  }
  await em.flush();
  return { ...app, location, dump: join(server.directory, 'prod.dump') };
}

async function sql({ orm }: Deployment, statement: string): Promise<void> {
  await orm.em.getConnection('write').execute(statement);
}

/** The files that rows refer to, read from the storage. */
async function contents({ orm }: Deployment): Promise<string[]> {
  const docs = await orm.em.fork().find(Doc, {}, { orderBy: { id: 1 }, connectionType: 'write' });
  const files = docs.flatMap(({ file, named }) => [file, named]);
  return await Promise.all(files.map(async (file) => file!.text()));
}

const everything = [1, 2, 3].flatMap((id) => [`${id}.txt`, `named ${id}.txt`]);
const dueNow = `update file_journal set due_at = now() where state = 0 and due_at < 'infinity'`;

describe('a backup that was taken before files were deleted', { timeout: 120_000 }, () => {
  it('finds every file when it is restored within the grace', async () => {
    const app = await production();
    await server.tool('pg_dump', '-Fc', '-f', app.dump, 'prod');
    await sql(app, 'truncate doc');
    await app.files.worker.drain();

    await server.tool('pg_restore', '--clean', '-d', 'prod', app.dump);
    await app.files.worker.drain();

    expect(await contents(app)).toEqual(everything);
    expect(await app.files.reconcile({ olderThan: '0ms' })).toMatchObject({
      missing: [],
      orphans: [],
      problems: [],
    });
  });

  it('loses nothing to a worker that runs while it is restored', async () => {
    const app = await production();
    // What is due by the time of the restore was let go of and undone by other rows, or comes back with them.
    await sql(app, `insert into doc (id, file, named) select id + 10, file, named from doc`);
    await sql(app, 'delete from doc where id < 10');
    await sql(app, dueNow);
    await server.tool('pg_dump', '-Fc', '-f', app.dump, 'prod');
    const restored = new AbortController();
    const work = async (): Promise<void> => {
      while (!restored.signal.aborted) {
        // Its tables come and go.
        await app.files.worker.drain().catch(() => undefined);
        await sql(app, dueNow).catch(() => undefined);
        await sleep(20);
      }
    };
    const worker = work();

    await server.tool('pg_restore', '--clean', '-d', 'prod', app.dump);
    await server.tool('pg_restore', '--clean', '-d', 'prod', app.dump);
    restored.abort();
    await worker;

    expect(await contents(app)).toEqual(everything);
  });
});

describe('a staging system with a dump of production', { timeout: 120_000 }, () => {
  it('deletes nothing of production, whatever it deletes of its own', async () => {
    const app = await production();
    await server.tool('pg_dump', '-Fc', '-f', app.dump, 'prod');
    await server.tool('createdb', 'staging');
    await server.tool('pg_restore', '-d', 'staging', app.dump);
    const { location } = app;
    const staging = await deploy({ location, dbName: 'staging', environment: 'staging' });
    await sql(staging, 'delete from doc');
    await sql(staging, dueNow);

    const { reclaimed, problems } = await staging.files.worker.drain();
    const { scheduled } = await staging.files.reconcile({ dryRun: false, olderThan: '0ms' });

    expect({ reclaimed, scheduled }).toEqual({ reclaimed: 0, scheduled: 0 });
    expect(problems).toEqual([expect.stringMatching(/belongs to another environment or database/)]);
    expect(await contents(app)).toEqual(everything);
  });
});

describe('a standby that has fallen behind', { timeout: 120_000 }, () => {
  async function replicated() {
    const app = await production({ grace: '0ms' });
    const standby = await server.standby();
    await standby.tool('psql', '-d', 'prod', '-c', 'select pg_wal_replay_pause()');
    const replicas = [{ name: 'standby', host: '127.0.0.1', port: standby.port }];
    const { location } = app;
    const reader = await deploy({ location, grace: '0ms' }, { replicas, preferReadReplicas: true });
    return { app, reader };
  }

  it('is not asked whether an object is in use', async () => {
    const { app, reader } = await replicated();
    await sql(app, 'insert into doc (id, file, named) select id + 10, file, named from doc');
    await sql(app, 'delete from doc where id < 10');

    const { kept } = await reader.files.worker.drain();

    // What the standby knows: nothing of the rows that refer to the objects now.
    expect(await reader.orm.em.fork().count(Doc, { id: { $gte: 10 } })).toBe(0);
    expect(kept).toBe(6);
    expect(await contents(app)).toEqual(everything);
  });

  it('brings no row back to life: what was read there and reclaimed is refused', async () => {
    const { app, reader } = await replicated();
    await sql(app, 'delete from doc where id = 1');
    await app.files.worker.drain();
    const em = reader.orm.em.fork();
    const stale = await em.findOneOrFail(Doc, 1);

    const row = JSON.stringify(stale.file!.toRow());
    const late = em
      .getConnection('write')
      .execute('insert into doc (id, file) values (9, ?)', [row]);

    await expect(late).rejects.toThrow(/has been reclaimed/);
    expect(await contents(app)).toEqual(everything.slice(2));
  });
});
