import { defineStorages, FieldFile, FileSystemStorage } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import type { FileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/pglite';
import { failPoints, type FailPointHook } from '../../packages/mikro-orm/src/fail-points.ts';

export const Letter = defineEntity({
  name: 'Letter',
  properties: (p) => ({ id: p.integer().primary(), file: fileField().nullable() }),
});

/** Where a PGlite and its files lie on the disk. */
export interface PgliteJob {
  readonly database: string;
  readonly media: string;
}

/** The application of the test and of its child. */
export async function openPglite(
  { database, media }: PgliteJob,
  hook?: FailPointHook,
): Promise<{ orm: MikroORM; files: FileFields; storage: FileSystemStorage }> {
  const storage = new FileSystemStorage({ location: media });
  const files = fileFields({
    storages: defineStorages({ default: () => storage }),
    worker: 'manual',
    [failPoints]: hook,
  });
  const orm = await MikroORM.init({ dbName: database, entities: [Letter], extensions: [files] });
  await orm.schema.update();
  return { orm, files, storage };
}

/** Dies between the upload and the COMMIT of its explicit transaction. */
async function die(job: PgliteJob): Promise<void> {
  const { orm } = await openPglite(job, (point) => {
    if (point === 'before-commit') process.kill(process.pid, 'SIGKILL');
  });
  await orm.em.fork().transactional(async (em) => {
    em.create(Letter, { file: FieldFile.from('bytes', { filename: 'a.txt' }) });
    await em.flush();
  });
}

if (import.meta.main) await die(JSON.parse(process.argv[2] ?? '') as PgliteJob);
