import { FieldFile, MemoryStorage, defineStorages } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { MikroORM, defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../support/database.ts';

const User = defineEntity({
  name: 'User',
  properties: (p) => ({
    id: p.integer().primary(),
    name: p.string(),
    avatar: fileField({ uploadTo: 'avatars/' }).nullable(),
  }),
});

const database = await createDatabase();

describe('a file field', () => {
  it('uploads, replaces and clears', async () => {
    const storage = new MemoryStorage();
    const files = fileFields({ storages: defineStorages({ default: () => storage }), worker: 'manual', grace: '0ms' });
    const log: string[] = [];
    await using orm = await MikroORM.init({ ...database.connection, entities: [User], extensions: [files], debug: ['query'], colors: false, logger: (m) => log.push(m) });
    await orm.schema.create();
    log.length = 0;
    const em = orm.em.fork();
    const user = em.create(User, { name: 'Ann', avatar: FieldFile.from('hello', { filename: 'me.txt' }) });
    await em.flush();
    console.log(log.join('\n'));
    console.log(user.avatar, JSON.stringify(user));
    const again = await orm.em.fork().findOneOrFail(User, user.id);
    expect(await again.avatar?.text()).toBe('hello');
    user.avatar = user.avatar!.renamed('you.txt');
    await em.flush();
    log.length = 0;
    await em.flush();
    expect(log).toEqual([]);
    console.log(await files.worker.drain());
    user.avatar = null;
    await em.flush();
    console.log(await files.worker.drain());
    console.log(await orm.em.getConnection().execute('select * from file_journal'));
  });
});
