import { defineStorages, fallbackStorage, FieldFile, MemoryStorage } from '@filefield/core';
import type { Storages } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import type { FileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDatabase } from '../support/database.ts';

const Note = defineEntity({
  name: 'Note',
  properties: (p) => ({
    id: p.integer().primary(),
    file: fileField({ storage: 'media' }).nullable(),
  }),
});

/** Two places, and a database: each configuration is a process of its own. */
async function site() {
  const { url: clientUrl } = await createDatabase();
  const [one, two] = [new MemoryStorage(), new MemoryStorage()];
  const process = async (
    storages: Storages,
    work: (files: FileFields, orm: MikroORM) => Promise<void>,
  ): Promise<void> => {
    const files = fileFields({ storages, worker: 'manual' });
    const orm = await MikroORM.init({ clientUrl, entities: [Note], extensions: [files] });
    onTestFinished(() => orm.close(true));
    await orm.schema.update();
    await work(files, orm);
  };
  const upload = async (orm: MikroORM, filename: string): Promise<void> => {
    const em = orm.em.fork();
    em.create(Note, { file: FieldFile.from(filename, { filename }) });
    await em.flush();
  };
  return { disk: () => one, s3: () => two, process, upload };
}

describe('the README of @filefield/mikro-orm shows how to', () => {
  it('move to another storage by configuration', async () => {
    const { disk, s3, process, upload } = await site();

    // #region first
    const before = defineStorages({ media: disk, disk, bucket: s3 });
    // #endregion
    // #region moving
    const during = defineStorages({
      media: () => fallbackStorage({ primary: s3(), fallback: disk() }),
      disk,
      bucket: s3,
    });
    // #endregion
    // #region last
    const after = defineStorages({ media: s3, disk, bucket: s3 });
    // #endregion
    await process(before, async (files, orm) => {
      await upload(orm, 'a.txt');
      // #region copy
      const plan = await files.migrate({ from: 'disk', to: 'bucket', dryRun: true });
      const { isComplete, next } = await files.migrate({ from: 'disk', to: 'bucket' });
      // #endregion
      expect([plan.copied, isComplete, next]).toEqual([1, true, expect.stringContaining('Let')]);
      await upload(orm, 'late.txt');
    });
    await process(during, async (files, orm) => {
      await upload(orm, 'new.txt');
      const { copied } = await files.migrate({ from: 'disk', to: 'bucket' });
      expect(copied).toBe(1);
      const notes = await orm.em.fork().find(Note, {});
      expect(await Promise.all(notes.map(async ({ file }) => file?.text()))).toEqual([
        'a.txt',
        'late.txt',
        'new.txt',
      ]);
    });
    await process(after, async (files) => {
      // #region settle
      const { isSettled, held } = await files.migrate({ from: 'disk', to: 'bucket' });
      // #endregion
      // #region delete
      const { scheduled } = await files.migrate({ from: 'disk', to: 'bucket', deleteSource: true });
      // #endregion
      expect([isSettled, held, scheduled]).toEqual([true, 2, 2]);
    });
  });

  it('move to another storage row by row', async () => {
    const { disk, s3, process, upload } = await site();
    await process(defineStorages({ media: disk, bucket: s3 }), async (files, orm) => {
      await upload(orm, 'a.txt');

      // #region rows
      const { switchedRows, remainingRows } = await files.migrate({
        from: 'media',
        to: 'bucket',
        switch: 'rows',
      });
      // #endregion

      expect([switchedRows, remainingRows]).toEqual([1, 0]);
    });
  });
});
