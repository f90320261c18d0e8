import { randomBytes } from 'node:crypto';
import { defineStorages } from '@filefield/core';
import { fileFields, workerGrants, type FileFields } from '@filefield/mikro-orm';
import { MikroORM } from '@mikro-orm/postgresql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Album, createGallery, testEngine, type Gallery } from './support.ts';

/** The gallery's worker under a role with the documented grants, and what it logs. */
async function workerOf(
  gallery: Gallery,
  revoked: string,
): Promise<{ files: FileFields; log: string[] }> {
  const role = `filefield_role_${randomBytes(6).toString('hex')}`;
  await gallery.sql(`create role ${role} login password 'x'`);
  onTestFinished(async () => {
    await gallery.sql(`drop owned by ${role}; drop role ${role}`);
  });
  const tables = [{ name: 'album', makesVariants: true }];
  for (const statement of workerGrants({ role, tables })) await gallery.sql(statement);
  await gallery.sql(`revoke ${revoked} from ${role}`);
  const log: string[] = [];
  const storages = defineStorages({ default: () => gallery.storage, other: () => gallery.other });
  const files = fileFields({
    storages,
    worker: 'manual',
    grace: '0ms',
    variants: { engine: testEngine() },
  });
  const orm = await MikroORM.init({
    ...gallery.database.connection,
    user: role,
    password: 'x',
    entities: [Album],
    extensions: [files],
    colors: false,
    logger: (message) => log.push(message),
  });
  onTestFinished(() => orm.close(true));
  return { files, log };
}

describe('a worker with the documented grants', () => {
  it('makes variants', async () => {
    const gallery = await createGallery();
    await gallery.save();
    const { files } = await workerOf(gallery, 'create on schema public');

    const { variants } = await files.worker.drain();

    expect(variants).toMatchObject({ originals: 1, variants: 2, problems: [] });
  });

  it.each<[what: string, revoked: string, problem: string]>([
    ['UPDATE of the rows', 'update on album', 'the role lacks UPDATE on "public"."album"'],
    [
      'the work',
      'delete on file_variant_work',
      'the role lacks DELETE on "public"."file_variant_work"',
    ],
  ])('but for %s: reclaims all the same, and says what it lacks', async (_what, revoked, lack) => {
    const gallery = await createGallery();
    await gallery.save();
    await gallery.sql('update album set cover = null');
    const { files } = await workerOf(gallery, revoked);

    const { reclaimed, variants } = await files.worker.drain();

    expect(reclaimed).toBe(1);
    expect(variants).toMatchObject({ gone: 0, problems: [`Cannot make variants: ${lack}`] });
  });
});
