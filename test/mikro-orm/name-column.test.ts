import { FieldFile, MemoryStorage, defineStorages } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { MikroORM, defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../support/database.ts';

const Doc = defineEntity({
  name: 'Doc',
  properties: (p) => ({
    id: p.integer().primary(),
    file: fileField({ column: 'name', uploadTo: 'docs/', naming: 'django' }).nullable(),
  }),
});
const Doc2 = defineEntity({
  name: 'Doc',
  properties: (p) => ({
    id: p.integer().primary(),
    file: fileField({ storage: 'other', column: 'name', uploadTo: 'docs/', naming: 'django' }).nullable(),
  }),
});

const database = await createDatabase();

describe('a column of names', () => {
  it('smoke', async () => {
    const storage = new MemoryStorage();
    const storages = defineStorages({ default: () => storage, other: () => new MemoryStorage() });
    const files = fileFields({ storages, worker: 'manual', grace: '0ms' });
    const log: string[] = [];
    await using orm = await MikroORM.init({ ...database.connection, entities: [Doc], extensions: [files], debug: ['query'], colors: false, logger: (m) => log.push(m) });
    await orm.schema.create();
    expect((await orm.schema.getUpdateSchemaSQL()).trim()).toBe('');
    const em = orm.em.fork();
    const a = em.create(Doc, { file: FieldFile.from('hello', { filename: 'me.txt' }) });
    const b = em.create(Doc, { file: FieldFile.from('world', { filename: 'me.txt' }) });
    await em.flush();
    console.log(a.file, b.file, a.file?.size);
    const again = await orm.em.fork().findOneOrFail(Doc, a.id);
    expect(() => again.file?.size).toThrow(/await stat/);
    await again.file?.stat();
    expect(again.file?.size).toBe(5);
    expect(await orm.em.fork().find(Doc, { file: a.file!.name! } as never)).toHaveLength(1);
    const em2 = orm.em.fork();
    await em2.find(Doc, {});
    log.length = 0;
    await em2.flush();
    expect(log).toEqual([]);
    a.file = a.file!.renamed('you.txt');
    await em.flush();
    console.log(await orm.em.getConnection().execute('select storage, name, reason, state, due_at from file_journal'), [...(await storage.list('docs')).files.map((f) => f.name)]);
    await using orm2 = await MikroORM.init({ ...database.connection, entities: [Doc2], extensions: [fileFields({ storages, worker: 'manual', grace: '0ms' })] });
    await expect(orm2.schema.update()).rejects.toThrow(/cannot change the storage/);
  });
});
