import { posix } from 'node:path';
import {
  FieldFile,
  FileExistsError,
  FileValidationError,
  InvalidNameError,
  extensions,
  validFilename,
  type FileIssue,
} from '@filefield/core';
import { sentPart } from './sent-part.ts';
import { storages } from './storages.ts';

// #region view
const rules = {
  maxSize: 5_000_000,
  accept: ['image/png', 'image/jpeg', 'application/pdf'], // what the bytes are
  validators: [extensions(['png', 'jpg', 'jpeg', 'pdf'])], // what a web server takes them for
};

/** Saves the file of a form for a user: 200 with its URL, or 400 with what is wrong. */
export async function uploadView(request: Request, username: string): Promise<Response> {
  const part = await sentPart(request).catch(() => undefined);
  if (part === undefined) return refused('the request is no form with a file');
  const storage = storages.get('uploads');
  try {
    const file = FieldFile.fromPart(part);
    const name = `${directoryOf(username)}/${validFilename(file.filename ?? '')}`;
    const saved = await storage.save(name, file.stream(), { ...rules, ifExists: 'error' });
    return Response.json({ message: 'OK', fileUrl: storage.url(saved.name) });
  } catch (error) {
    return refusal(error);
  }
}

function directoryOf(username: string): string {
  // Whatever else a name may not hold, save() knows.
  if (username.includes('/')) throw new InvalidNameError(username, 'a username has no slash');
  return `user_upload_files/${username}`;
}

function refusal(error: unknown): Response {
  if (error instanceof FileExistsError) {
    const { dir, base } = posix.parse(error.object);
    const place = error.bucket ? `bucket ${error.bucket}` : `storage ${error.storage}`;
    return refused(`file ${base} already exists at ${dir} in ${place}`);
  }
  if (error instanceof FileValidationError) return refused(error.message, error.issues);
  if (error instanceof InvalidNameError) return refused(error.message);
  throw error; // 500, and a line in the log
}

function refused(reason: string, issues?: readonly FileIssue[]): Response {
  return Response.json({ message: `Error: ${reason}`, issues }, { status: 400 });
}
// #endregion
