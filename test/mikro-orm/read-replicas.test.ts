import { randomBytes } from 'node:crypto';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ownedFile } from './mappings/mapping.ts';
import { createApp, text } from './support.ts';
import type { App } from './support.ts';

const forms = [{ column: 'json' }, { column: 'name' }] as const;

function docOf(column: 'json' | 'name') {
  return defineEntity({
    name: 'Doc',
    properties: (p) => ({
      id: p.integer().primary(),
      file: ownedFile(column, { naming: 'django' }).nullable(),
    }),
  });
}

/** A second connection to the same server, as a replica would be: it can write nothing, not even the journal. */
async function createReplicated(entity: ReturnType<typeof docOf>): Promise<App> {
  const role = `filefield_replica_${randomBytes(6).toString('hex')}`;
  const app = await createApp([entity], {
    orm: { replicas: [{ name: 'replica', user: role, password: 'x' }], preferReadReplicas: true },
  });
  // As `sql` reads from a replica, which does not exist yet.
  const sql = async (statement: string): Promise<void> =>
    void (await app.orm.em.getConnection('write').execute(statement));
  await sql(`create role ${role} login password 'x'`);
  await sql(`alter role ${role} set default_transaction_read_only = on`);
  await sql(`grant select on all tables in schema public to ${role}`);
  onTestFinished(() => sql(`drop owned by ${role}; drop role ${role}`));
  return app;
}

describe.each(forms)('an ORM with read replicas (column: $column)', ({ column }) => {
  const Doc = docOf(column);

  it('reads files from a replica, and writes rows and journal to the primary', async () => {
    const app = await createReplicated(Doc);
    const em = app.em();
    const created = em.create(Doc, { file: text('a.txt') });
    await em.flush();
    app.log.length = 0;

    const reading = app.em();
    const doc = await reading.findOneOrFail(Doc, created.id);
    doc.file = doc.file!.renamed('b.txt');
    await reading.flush();
    await app.files.field(doc, 'file').save('c.txt', 'c');
    const staged = await app.files.stage(Doc, 'file', text('d.txt'));
    doc.file = staged;
    await reading.flush();
    await reading.transactional(async (inner) => {
      doc.file = text('e.txt');
      await inner.flush();
    });

    expect(app.log[0]).toMatch(/^select/);
    expect(await app.reclaim()).toEqual(['e.txt']);
    await reading.remove(doc).flush();
    expect(await app.reclaim()).toEqual([]);
  });

  it('restores from the primary’s journal', async () => {
    const app = await createReplicated(Doc);
    const em = app.em();
    const doc = em.create(Doc, { file: text('a.txt') });
    await em.flush();
    const { storage, name } = doc.file!.toRow();
    doc.file = null;
    await em.flush();

    doc.file = await app.files.restore({ storage, name });
    await em.flush();

    expect(await app.reclaim()).toEqual(['a.txt']);
  });
});
