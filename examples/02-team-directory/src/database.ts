import { join } from 'node:path';
import type { FileFields } from '@filefield/mikro-orm';
import { MikroORM } from '@mikro-orm/postgresql';
import { startPostgres } from '../../01-first-file/src/postgres.ts';
import { Document } from './document.ts';
import { Member } from './member.ts';

/** Connects to the PostgreSQL of `DATABASE_URL`, or starts one that is gone with the process. */
export async function openDatabase(directory: string, files: FileFields): Promise<MikroORM> {
  const { DATABASE_URL: clientUrl } = process.env;
  const connection = clientUrl
    ? { clientUrl }
    : (await startPostgres(join(directory, 'database'))).connection;
  const orm = await MikroORM.init({
    ...connection,
    entities: [Member, Document],
    extensions: [files],
  });
  await orm.schema.update();
  return orm;
}
