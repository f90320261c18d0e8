import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** The bytes of files by their paths. */
export type Tree = Readonly<Record<string, string | Uint8Array>>;

/** A directory of this test's own that holds the files. */
export async function sourceTree(files: Tree): Promise<string> {
  const directory = await temporaryDirectory();
  await writeTree(directory, files);
  return directory;
}

/** Writes the files, over those that are there. */
export async function writeTree(directory: string, files: Tree): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), bytes);
  }
}
