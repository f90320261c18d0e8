import { FieldFile } from '@filefield/core';
import type { AppContext } from './env.ts';

/** What a form sent. */
export interface SentForm {
  /** The text of an input; empty where there is none. */
  text(name: string): string;
  /** The file, or the upload that the browser made of it before; `null` where none was chosen. */
  readonly file: FieldFile | null;
}

/** Reads a form with at most one file. */
export async function sentForm(c: AppContext): Promise<SentForm> {
  const form = await c.req.formData();
  const text = (name: string): string => String(form.get(name) ?? '').trim();
  const sent = form.get('file');
  if (sent instanceof File && sent.name !== '') return { text, file: FieldFile.from(sent) };
  const token = text('token');
  const { session: subject } = c.var;
  return { text, file: token === '' ? null : FieldFile.fromUpload(token, { subject }) };
}
