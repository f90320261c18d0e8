import { randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'rolldown';
import { inject } from 'vitest';

const bundles = new Map<string, Promise<string>>();

/**
 * A program of the tests and everything it imports in one file, which starts in half the time; gives its path.
 * Made once for each test file, in a second.
 */
export function bundledProgram(path: string): Promise<string> {
  const bundle = bundles.get(path) ?? bundleOf(path);
  bundles.set(path, bundle);
  return bundle;
}

async function bundleOf(path: string): Promise<string> {
  const directory = join(inject('testRun').directory, 'programs');
  const file = join(directory, `${basename(path, '.ts')}.mjs`);
  // Another test file may be running what it made there.
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`;
  await build({
    input: path,
    platform: 'node',
    external: ['pg-native'],
    output: { file: unfinished, codeSplitting: false, keepNames: true },
  });
  await rename(unfinished, file);
  return file;
}
