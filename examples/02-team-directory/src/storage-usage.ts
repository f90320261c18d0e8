import type { EntityManager } from '@mikro-orm/postgresql';

/** What the files of a field take. */
export interface FieldUsage {
  readonly field: string;
  readonly files: number;
  readonly bytes: number;
}

/** An object that the journal lists. */
export interface DueObject {
  readonly storage: string;
  readonly name: string;
  readonly reason: string;
  readonly dueAt: Date;
}

/** Rows know the sizes of their files: no storage is asked. */
export async function storageUsage(em: EntityManager): Promise<FieldUsage[]> {
  return await em.getConnection().execute<FieldUsage[]>(
    `select 'Member.avatar' as field, count(avatar)::int as files,
       coalesce(sum((avatar->>'size')::numeric), 0)::float8 as bytes from member
     union all
     select 'Photo.image', count(image)::int,
       coalesce(sum((image->>'size')::numeric), 0)::float8 from photo
     union all
     select 'Document.file', count(file)::int,
       coalesce(sum((file->>'size')::numeric), 0)::float8 from document`,
  );
}

/** The objects that are deleted next, unless a row refers to them by then. */
export async function nextDue(em: EntityManager): Promise<DueObject[]> {
  const rows = await em
    .getConnection()
    .execute<(Omit<DueObject, 'dueAt'> & { due_at: string | Date })[]>(
      `select storage, name, reason, due_at from file_journal
       where state < 2 and due_at < 'infinity' order by due_at limit 10`,
    );
  return rows.map(({ due_at, ...row }) => ({ ...row, dueAt: new Date(due_at) }));
}
