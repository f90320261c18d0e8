import { join } from 'node:path';
import type { FileFields } from '@filefield/mikro-orm';
import { MikroORM } from '@mikro-orm/postgresql';
import { startPostgres } from '../../01-first-file/src/postgres.ts';
import { Document } from './document.ts';
import { Member } from './member.ts';
import { Photo } from './photo.ts';

/** Starts a PostgreSQL that is gone with the process, and connects to it. */
export async function openDatabase(directory: string, files: FileFields): Promise<MikroORM> {
  const { connection } = await startPostgres(join(directory, 'database'));
  const orm = await MikroORM.init({
    ...connection,
    entities: [Member, Document, Photo],
    extensions: [files],
  });
  await orm.schema.create();
  return orm;
}
