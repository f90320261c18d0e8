import { randomBytes } from 'node:crypto';
import { defineStorages, MemoryStorage } from '@filefield/core';
import { fileFields, journalGrants, workerGrants } from '@filefield/mikro-orm';
import type { FileFields, FileFieldsOptions } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ownedFile } from './mappings/mapping.ts';
import { createApp, outcome, text } from './support.ts';
import type { App } from './support.ts';

const forms = [{ column: 'json' }, { column: 'name' }] as const;

function docOf(column: 'json' | 'name') {
  return defineEntity({
    name: 'Doc',
    properties: (p) => ({
      id: p.integer().primary(),
      title: p.string().nullable(),
      file: ownedFile(column, { naming: 'django' }).nullable(),
    }),
  });
}

interface Session {
  readonly orm: MikroORM;
  readonly files: FileFields;
}

/** A role that may log in and nothing else; dropped with all its rights after the test. */
async function createRole(app: App): Promise<string> {
  const role = `filefield_role_${randomBytes(6).toString('hex')}`;
  await app.sql(`create role ${role} login password 'x'`);
  onTestFinished(async () => {
    await app.sql(`drop owned by ${role}; drop role ${role}`);
  });
  return role;
}

/** The application again, as this role. */
async function openAs(
  app: App,
  role: string,
  entity: ReturnType<typeof docOf>,
  options: Partial<FileFieldsOptions> = {},
): Promise<Session> {
  const storages = defineStorages({ default: () => app.storage, other: () => new MemoryStorage() });
  const files = fileFields({ storages, worker: 'manual', grace: '0ms', ...options });
  const orm = await MikroORM.init({
    ...app.database.connection,
    user: role,
    password: 'x',
    entities: [entity],
    extensions: [files],
  });
  onTestFinished(() => orm.close(true));
  return { orm, files };
}

describe.each(forms)('a role with the documented grants (column: $column)', ({ column }) => {
  const Doc = docOf(column);
  const tableGrants = (role: string): string[] => [
    `grant select, insert, update, delete, truncate on doc to ${role}`,
    `grant usage on sequence doc_id_seq to ${role}`,
  ];

  it('runs the whole life of a file', async () => {
    const app = await createApp([Doc]);
    const role = await createRole(app);
    for (const grant of [...tableGrants(role), ...journalGrants({ role })]) await app.sql(grant);
    const { orm, files } = await openAs(app, role, Doc);

    const em = orm.em.fork();
    const doc = em.create(Doc, { file: text('a.txt') });
    await em.flush();
    doc.file = doc.file!.renamed('b.txt');
    await em.flush();
    await em.transactional(async (inner) => {
      doc.file = text('c.txt');
      await inner.flush();
    });
    doc.file = await files.stage(Doc, 'file', text('d.txt'));
    await em.flush();
    await files.field(doc, 'file').save('e.txt', 'e');
    const { storage, name } = doc.file.toRow();
    await files.field(doc, 'file').delete();
    doc.file = await files.restore({ storage, name });
    await em.flush();

    expect(await app.reclaim()).toEqual(['e.txt']);
    await orm.em.getConnection().execute('truncate doc');
    expect(await app.reclaim()).toEqual([]);
  });

  it('is not the worker: it stays off, and says which right is missing', async () => {
    const app = await createApp([Doc]);
    const role = await createRole(app);
    for (const grant of [...tableGrants(role), ...journalGrants({ role })]) await app.sql(grant);
    const { files } = await openAs(app, role, Doc);

    const missing = await files.worker.checkRights();

    expect(missing).toEqual([
      'Cannot reclaim files: the role lacks SELECT, INSERT, UPDATE, DELETE on "public"."file_journal"',
      'Cannot reclaim files: the role lacks USAGE on the sequence of "public"."file_journal"',
    ]);
  });

  it('writes its table without any of them, but uploads nothing', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    em.create(Doc, { file: text('a.txt') });
    await em.flush();
    const role = await createRole(app);
    for (const grant of tableGrants(role)) await app.sql(grant);
    const { orm } = await openAs(app, role, Doc);
    const own = orm.em.fork();
    const doc = await own.findOneOrFail(Doc, 1);
    doc.title = 'x';
    await own.flush();
    doc.file = text('b.txt');

    await expect(own.flush()).rejects.toThrow(/permission denied for function filefield_/);
    await orm.em.fork().nativeDelete(Doc, {});
    expect(await app.reclaim()).toEqual([]);
  });

  it('is the worker', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const [doc] = [
      em.create(Doc, { file: text('a.txt') }),
      em.create(Doc, { file: text('b.txt') }),
    ];
    await em.flush();
    await em.remove(doc).flush();
    const role = await createRole(app);
    for (const grant of workerGrants({ role, tables: [{ name: 'doc' }] })) await app.sql(grant);
    const { files, orm } = await openAs(app, role, Doc);

    const missing = await files.worker.checkRights();
    const report = await files.worker.drain();

    expect(missing).toEqual([]);
    expect(report).toMatchObject({ reclaimed: 1, problems: [] });
    expect(await app.objects()).toEqual(['b.txt']);
    expect(await outcome(orm.em.fork().nativeDelete(Doc, {}))).toBe('DriverException');
  });

  it('is each of them where the journal has a schema of its own', async () => {
    const options = { journal: { schema: 'files' } };
    const app = await createApp([Doc], { files: options });
    const [writer, reclaimer] = [await createRole(app), await createRole(app)];
    const tables = [{ name: 'doc' }];
    await app.sql(
      [
        ...tableGrants(writer),
        ...journalGrants({ role: writer, schema: 'files' }),
        ...workerGrants({ role: reclaimer, schema: 'files', tables }),
      ].join(';'),
    );
    const { orm } = await openAs(app, writer, Doc, options);
    const em = orm.em.fork();
    const doc = em.create(Doc, { file: text('a.txt') });
    await em.flush();
    doc.file = doc.file!.renamed('b.txt');
    await em.flush();

    const { files } = await openAs(app, reclaimer, Doc, options);
    const report = await files.worker.drain();

    expect(report).toMatchObject({ reclaimed: 1, problems: [] });
    expect(await app.objects()).toEqual(['b.txt']);
  });
});
