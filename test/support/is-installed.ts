import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether a program is installed. */
export function isInstalled(program: string): boolean {
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  // Not everybody has those of the administrator in his path.
  return [...directories, '/usr/sbin', '/sbin'].some((directory) =>
    existsSync(join(directory, program)),
  );
}
