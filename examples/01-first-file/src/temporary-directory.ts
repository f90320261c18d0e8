import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new directory that is gone when the process ends. */
export async function temporaryDirectory(name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `${name}-`));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  // Under root PostgreSQL runs as another user, who must be able to enter.
  await chmod(directory, 0o755);
  return directory;
}
