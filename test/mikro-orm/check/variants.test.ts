import { randomBytes } from 'node:crypto';
import { defineStorages, MemoryStorage } from '@filefield/core';
import { fileFields, type CheckFinding, type FileFields } from '@filefield/mikro-orm';
import { MikroORM } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Album, createGallery, testEngine, type Gallery } from '../variants/support.ts';

async function finding(files: FileFields, subject: string): Promise<CheckFinding | undefined> {
  const { findings } = await files.check();
  return findings.find((one) => one.subject === subject);
}

/** The gallery as a role of its own, without any rights. */
async function asRole(gallery: Gallery): Promise<FileFields> {
  const role = `filefield_check_${randomBytes(6).toString('hex')}`;
  await gallery.sql(`create role ${role} login password 'x'`);
  onTestFinished(async () => {
    await gallery.sql(`drop owned by ${role}; drop role ${role}`);
  });
  const storages = defineStorages({ default: () => new MemoryStorage() });
  const files = fileFields({ storages, variants: { engine: testEngine() } });
  const connection = { ...gallery.database.connection, user: role, password: 'x' };
  const orm = await MikroORM.init({ ...connection, entities: [Album], extensions: [files] });
  onTestFinished(() => orm.close(true));
  return files;
}

describe('check() of images whose variants are made in the background', () => {
  it('finds nothing to say where they are made', async () => {
    const gallery = await createGallery();
    await gallery.save();

    const { findings } = await gallery.files.check();

    expect(findings.filter(({ subject }) => subject.startsWith('variants'))).toEqual([
      {
        subject: 'variants',
        state: 'good',
        message: '"public"."file_variant_work" is there',
      },
      {
        subject: "variants: worker's rights",
        state: 'good',
        message: 'the role may make variants',
      },
      {
        subject: 'variants: work',
        state: 'good',
        message: '1 originals wait for their variants',
      },
    ]);
  });

  it.each([
    ['is not there', 'drop table file_variant_work'],
    ['lacks last_error', 'alter table file_variant_work drop column last_error'],
    ['lacks the index "file_variant_work_due"', 'drop index file_variant_work_due'],
  ])(
    'tells that the table of what is to be made %s, and the schema update mends it',
    async (what, sql) => {
      const gallery = await createGallery();
      await gallery.sql(sql);
      const broken = await finding(gallery.files, 'variants');

      await gallery.orm.schema.update();

      expect(broken).toMatchObject({ state: 'bad', message: expect.stringContaining(what) });
      expect(await finding(gallery.files, 'variants')).toMatchObject({ state: 'good' });
    },
  );

  it('tells that nobody makes them', async () => {
    const gallery = await createGallery();
    await gallery.save();
    await gallery.sql(`update file_variant_work set due_at = now() - interval '150 minutes'`);

    expect(await finding(gallery.files, 'variants: work')).toMatchObject({
      state: 'advice',
      message: '1 originals wait for their variants, the first for 2 hours',
    });
  });

  it('tells which failed again and again, and its statement lets them be tried again', async () => {
    const gallery = await createGallery();
    const { cover } = await gallery.save();
    await gallery.sql(
      `update file_variant_work set attempts = 3, last_error = 'not enough memory', due_at = now() + interval '7 days'`,
    );
    const failed = await finding(gallery.files, 'variants: work');

    await gallery.sql(failed!.fix!.replace(/^.*?(?=update)/, ''));

    expect(failed?.message).toBe(
      `variants of 1 originals failed several times and wait, such as "${cover!.name}" in "default" (not enough memory)`,
    );
    expect(await gallery.files.worker.drain()).toMatchObject({ variants: { originals: 1 } });
    expect(await finding(gallery.files, 'variants: work')).toMatchObject({ state: 'good' });
  });

  it('tells which rights their maker lacks, and the statements that grant them do', async () => {
    const gallery = await createGallery();
    const files = await asRole(gallery);
    const before = await finding(files, "variants: worker's rights");

    await gallery.sql(before!.fix!);

    expect(before).toMatchObject({
      state: 'bad',
      message: expect.stringContaining('the role lacks SELECT, UPDATE, DELETE on'),
      breaks: 'the worker of this process makes no variants',
    });
    expect(await finding(files, "variants: worker's rights")).toMatchObject({ state: 'good' });
    expect(await finding(files, "worker's rights")).toMatchObject({ state: 'good' });
  });
});
