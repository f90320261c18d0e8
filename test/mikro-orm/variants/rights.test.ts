import { randomBytes } from 'node:crypto';
import { workerGrants } from '@filefield/mikro-orm';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { anotherProcess, createGallery, type AnotherProcess, type Gallery } from './support.ts';

/** The gallery's worker under a role with the documented grants but one. */
async function workerOf(gallery: Gallery, revoked: string): Promise<AnotherProcess> {
  const role = `filefield_role_${randomBytes(6).toString('hex')}`;
  await gallery.sql(`create role ${role} login password 'x'`);
  onTestFinished(async () => {
    await gallery.sql(`drop owned by ${role}; drop role ${role}`);
  });
  const tables = [{ name: 'album', makesVariants: true }];
  for (const statement of workerGrants({ role, tables })) await gallery.sql(statement);
  await gallery.sql(`revoke ${revoked} from ${role}`);
  return await anotherProcess(gallery, { as: { user: role, password: 'x' } });
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

  it('says once what it lacks, and reclaims whenever something is due', async () => {
    const gallery = await createGallery();
    await gallery.save();
    const { files, log } = await workerOf(gallery, 'update on album');
    files.worker.start();
    await vi.waitFor(() => expect(log.join()).toContain('lacks UPDATE'), patience);

    await gallery.sql('update album set cover = null');
    files.worker.wake();
    await vi.waitFor(async () => expect(await gallery.objects()).toEqual([]), patience);
    await files.worker.stop();

    expect(log.filter((message) => message.includes('lacks UPDATE'))).toHaveLength(1);
  });
});

const patience = { timeout: 20_000, interval: 20 };
