import { defineStorages, FieldFile, MemoryStorage } from '@filefield/core';
import { fileField, fileFields, fileTriggerSql } from '@filefield/mikro-orm';
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDatabase } from '../support/database.ts';

const User = defineEntity({
  name: 'User',
  properties: { id: p.integer().primary(), avatar: fileField({ storage: 'media' }).nullable() },
});

describe('a table that MikroORM does not manage', () => {
  it('keeps an object alive that another table lets go of', async () => {
    const { orm, files, storage } = await application();
    const connection = orm.em.getConnection();
    await connection.execute('create table legacy_profile (id integer, picture varchar(255))');

    // #region unmanaged
    const statements = files.triggerSql({
      table: 'legacy_profile',
      columns: [{ column: 'picture', storage: 'media', onDelete: 'reclaim' }],
    });
    // #endregion
    for (const statement of statements) await connection.execute(statement);

    const em = orm.em.fork();
    const user = em.create(User, { id: 1, avatar: FieldFile.from('a', { filename: 'a.txt' }) });
    await em.flush();
    await connection.execute('insert into legacy_profile values (1, ?)', [user.avatar!.name]);
    await em.remove(user).flush();
    await files.worker.drain();
    expect(await objects(storage)).toEqual([user.avatar!.name]);

    await connection.execute('delete from legacy_profile');
    await files.worker.drain();
    expect(await objects(storage)).toEqual([]);
  });

  it.each([
    ['names are held when their rows go', { storage: 'media' }, 'infinity'],
    ['names are reclaimed where that is meant', { storage: 'media', onDelete: 'reclaim' }, '24 ho'],
    ['files of json are reclaimed', {}, "'24 hours'"],
    ['files of json are held where that is meant', { onDelete: 'keep' }, 'infinity'],
    ['variants are reclaimed where values list them', { variants: true }, `t."c" -> 'variants'`],
  ] as const)('%s', (_what, column, expected) => {
    const statements = fileTriggerSql({ table: 't', columns: [{ column: 'c', ...column }] });

    const [onDelete] = statements.filter((statement) => statement.includes('after delete on'));
    expect(onDelete).toContain(expected);
  });

  it('lists no variants in a column of names', () => {
    const columns = [{ column: 'c', storage: 'media', variants: true }];

    expect(() => fileTriggerSql({ table: 't', columns })).toThrow(
      'Cannot follow variants in "c": a column of names lists none',
    );
  });

  it('may be in any schema, as the journal', () => {
    const table = { schema: 'Old', table: 'a"b', columns: [{ column: 'c' }] };

    const text = fileTriggerSql({ ...table, journalSchema: 'files', grace: '7d' }).join(';\n');

    expect(text).toContain('on "Old"."a""b"');
    expect(text).toContain('"files"."file_journal"');
    expect(text).toContain("'7 days'");
  });
});

describe('an extension whose worker is kept off', () => {
  it('starts none when it connects', async () => {
    const { orm, files } = await application();

    await orm.em.getConnection().execute('select 1');

    expect(files.worker.isStarted).toBe(false);
  });

  it('has to be told before MikroORM is', async () => {
    const { files } = await application();

    expect(() => files.withoutWorker()).toThrow('call withoutWorker() before MikroORM.init()');
  });
});

async function application(): Promise<{
  orm: MikroORM;
  files: ReturnType<typeof fileFields>;
  storage: MemoryStorage;
}> {
  const { connection } = await createDatabase();
  const storage = new MemoryStorage();
  const storages = defineStorages({ media: () => storage });
  const files = fileFields({ storages, grace: '0s', worker: 'auto' }).withoutWorker();
  const orm = await MikroORM.init({ ...connection, entities: [User], extensions: [files] });
  onTestFinished(async () => orm.close(true));
  await orm.schema.create();
  return { orm, files, storage };
}

async function objects(storage: MemoryStorage): Promise<string[]> {
  return (await Array.fromAsync(storage.walk())).map(({ name }) => name);
}
