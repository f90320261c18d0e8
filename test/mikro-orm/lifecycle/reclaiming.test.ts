import { MikroORM } from '@mikro-orm/postgresql';
import { defineStorages } from '@filefield/core';
import { fileFields } from '@filefield/mikro-orm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { incompressible } from '../incompressible.ts';
import { createApp, text } from '../support.ts';
import { Doc } from './entities.ts';

describe('an object that its row let go of', () => {
  it('is deleted by the worker of the process soon after the commit', async () => {
    const app = await createApp([Doc], { files: { worker: 'auto' } });
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();

    doc.file = text('b.txt');
    await em.flush();

    await expect.poll(() => app.objects(), { timeout: 10_000 }).toEqual(['b.txt']);
  });

  it('is deleted by the worker of another process, which the commit wakes', async () => {
    const app = await createApp([Doc]);
    const worker = fileFields({
      storages: defineStorages({ default: () => app.storage, other: () => app.other }),
      grace: '0ms',
    });
    const orm = await MikroORM.init({
      ...app.database.connection,
      entities: [Doc],
      extensions: [worker],
    });
    onTestFinished(() => orm.close());
    await orm.em.fork().count(Doc);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();

    await em.remove(doc).flush();

    await expect.poll(() => app.objects(), { timeout: 10_000 }).toEqual([]);
  });

  it('stays for the grace', async () => {
    const app = await createApp([Doc], { files: { grace: '1h' } });
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();
    await em.remove(doc).flush();

    await app.files.worker.drain();

    expect(await app.objects()).toEqual(['a.txt']);
    expect(await app.journal()).toEqual(['a.txt released later']);
  });

  it('is deleted though rows let go of names that no object can have', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();
    await app.sql(
      `insert into doc (name, file) values ('raw', jsonb_build_object('storage', 'default', 'name', ?::text))`,
      [incompressible(3000)],
    );

    await app.sql('delete from doc');

    expect(await app.reclaim()).toEqual([]);
  });

  it('stays while an open transaction may still take it back', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const doc = em.create(Doc, { name: 'a', file: text('a.txt') });
    await em.flush();

    await em.begin();
    await em.remove(doc).flush();
    await app.files.worker.drain();
    expect(await app.objects()).toEqual(['a.txt']);
    await em.rollback();

    expect(await app.reclaim()).toEqual(['a.txt']);
  });
});
