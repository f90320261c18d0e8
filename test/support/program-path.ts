import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a program is installed; `undefined` where it is not. */
export function programPath(program: string): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  // Not everybody has those of the administrator in his path.
  return [...directories, '/usr/sbin', '/sbin']
    .map((directory) => join(directory, program))
    .find((path) => existsSync(path));
}
