import { FieldFile } from '@filefield/core';
import { readForm } from '@filefield/http';
import type { FilePath } from '@filefield/mikro-orm';
import type { EntityName } from '@mikro-orm/postgresql';
import type { AppContext } from './env.ts';
import { fileProblems } from './file-problems.ts';

/** What a form sent. */
export interface SentForm {
  /** The text of an input; empty where there is none. */
  readonly text: (name: string) => string;
  /** The file, checked and stored for the field; `null` where none was chosen or it was refused. */
  readonly file: FieldFile | null;
  /** Why it was refused. */
  readonly problems: readonly string[];
}

/** Reads a form with at most one file, which is stored while it arrives, or which the browser has stored before. */
export async function sentForm<Entity extends object>(
  c: AppContext,
  entity: EntityName<Entity>,
  property: FilePath<Entity>,
): Promise<SentForm> {
  const { files, session: subject } = c.var;
  const problems: string[] = [];
  async function stage(file: FieldFile): Promise<FieldFile | null> {
    try {
      return await files.stage(entity, property, file);
    } catch (error) {
      problems.push(...fileProblems(error));
      return null;
    }
  }

  const form = await readForm(c.req.raw, {
    limits: { files: 1, fileBytes: 2_000_000_000 },
    files: { file: async (part) => stage(FieldFile.fromPart(part)) },
  });
  const token = form.fields.get('token');
  const uploaded = token === null ? null : await stage(FieldFile.fromUpload(token, { subject }));
  // PostgreSQL takes no NUL, and the columns no more.
  const text = (name: string): string =>
    (form.fields.get(name) ?? '').replaceAll('\0', '').trim().slice(0, 255);
  return { text, file: form.files.file[0] ?? uploaded, problems };
}
