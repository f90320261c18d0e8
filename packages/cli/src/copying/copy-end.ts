import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { FileStorage } from '@filefield/core';
import { isLocalPath, storagePath } from '../arguments/object-argument.ts';

/** One end of a copy: a path of this machine, or a place in a storage. */
export type CopyEnd =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'object'; readonly storage: FileStorage; readonly name: string };

/** Reads an argument of `filefield cp`. */
export async function copyEnd(
  argument: string,
  { cwd, open }: { readonly cwd: string; readonly open: (alias: string) => Promise<FileStorage> },
): Promise<CopyEnd> {
  if (isLocalPath(argument)) return { kind: 'path', path: resolve(cwd, argument) };
  const { alias, name } = storagePath(argument);
  return { kind: 'object', storage: await open(alias), name };
}

/** An end as an operator writes it. */
export function shownEnd(end: CopyEnd): string {
  return end.kind === 'path' ? end.path : `${end.storage.alias ?? ''}:${end.name}`;
}

/** The end below a directory. */
export function below(end: CopyEnd, name: string): CopyEnd {
  if (end.kind === 'path') return { ...end, path: join(end.path, ...name.split('/')) };
  const directory = end.name === '' || end.name.endsWith('/') ? end.name : `${end.name}/`;
  return { ...end, name: directory + name };
}

/** Where one file goes: into a directory it goes under its own name. */
export async function targetOf(from: CopyEnd, given: string, to: CopyEnd): Promise<CopyEnd> {
  const name = from.kind === 'path' ? basename(from.path) : basename(from.name);
  const isDirectory =
    to.kind === 'path'
      ? given.endsWith('/') || (await isLocalDirectory(to.path))
      : to.name === '' || to.name.endsWith('/');
  return isDirectory ? below(to, name) : to;
}

/** Whether a path of this machine is a directory. */
export async function isLocalDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}
