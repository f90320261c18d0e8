import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  realpathSync,
  rmdirSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { chmod, lstat, mkdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hasCode, reasonOf, withoutPath } from '../disk-error.ts';
import { InvalidNameError, StorageOptionsError } from '../errors.ts';
import { libraryDirectory } from '../storage-names.ts';
import { spelledOnDisk } from './spelled-on-disk.ts';
import { syncDirectoriesNow } from './sync-directories.ts';

/** Where unfinished files wait that cannot wait below `.filefield/`: beside their object, on a mounted directory. */
const besidePrefix = `${libraryDirectory}-`;

/** ZFS normalises where it is told to, and nobody knows what lies behind FUSE: the types that Linux has for them. */
const normalizingTypes: ReadonlySet<number> = new Set([0x2fc12fc1, 0x65735546]);

/** A directory of this machine, and which of its paths belong to which name. */
export class DiskLocation {
  /** Absolute and without symbolic links. */
  readonly root: string;
  /** `file:///real/path/` */
  readonly url: string;
  readonly isCaseSensitive: boolean;
  /** Whether two Unicode spellings of a name are one file. */
  readonly isNormalizing: boolean;
  readonly #directoryMode: number | undefined;

  /** Creates the directory. @throws {@link StorageOptionsError} when it cannot be used. */
  constructor(location: string | URL, directoryMode?: number) {
    if (String(location) === '') {
      throw new StorageOptionsError('Cannot use the location "": it names no directory');
    }
    this.#directoryMode = directoryMode;
    try {
      const path = resolve(location instanceof URL ? fileURLToPath(location) : location);
      const created = makeNow(path, directoryMode);
      const real = realpathSync(path);
      makeNow(join(real, libraryDirectory), directoryMode);
      this.isCaseSensitive = !existsSync(join(real, libraryDirectory.toUpperCase()));
      this.root = this.isCaseSensitive ? real : spelledOnDisk(real);
      const temporary = join(this.root, libraryDirectory, 'tmp');
      makeNow(temporary, directoryMode);
      if (realpathSync(temporary) !== temporary) {
        throw new StorageOptionsError(
          `Cannot use the location: its "${libraryDirectory}" is a symbolic link`,
        );
      }
      syncDirectoriesNow(temporary, created === undefined ? this.root : dirname(created));
    } catch (error) {
      if (error instanceof StorageOptionsError) throw error;
      throw new StorageOptionsError(`Cannot use the location as a directory: ${reasonOf(error)}`, {
        cause: withoutPath(error),
      });
    }
    this.url = pathToFileURL(this.root + sep).href;
    // Elsewhere no file system does, and whoever is killed while he asks leaves a directory behind.
    const mayNormalize =
      !this.isCaseSensitive ||
      process.platform === 'darwin' ||
      normalizingTypes.has(statfsSync(this.root).type);
    this.isNormalizing = mayNormalize && normalizes(join(this.root, libraryDirectory, 'tmp'));
  }

  /** The path of an object. @throws {@link InvalidNameError} when it belongs to unfinished files. */
  path(name: string): string {
    if (name.split('/').some(isHidden)) {
      throw new InvalidNameError(name, `names that begin with "${besidePrefix}" are reserved`);
    }
    return join(this.root, name);
  }

  /** The directory of a name's unfinished files. */
  unfinished(name: string): string {
    return join(this.root, libraryDirectory, 'tmp', digest(name));
  }

  /** The directory of a name's unfinished files where its directory is another file system. */
  unfinishedBeside(name: string): string {
    return join(dirname(this.path(name)), besidePrefix + digest(name));
  }

  /**
   * Whether a directory is there and reached without a symbolic link. Whoever can exchange directories of the
   * location between this answer and its use has the server's disk already.
   */
  async find(directory: string): Promise<'plain' | 'missing' | 'linked'> {
    try {
      if ((await realpath(directory)) === directory) return 'plain';
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
    }
    // Missing, a link somewhere, or a file system that ignores case and knows the directory by another spelling.
    for (const step of this.#steps(directory)) {
      const stats = await lstat(step).catch(ignore('ENOENT', 'ENOTDIR'));
      if (stats === undefined) return 'missing';
      if (stats.isSymbolicLink()) return 'linked';
    }
    return 'plain';
  }

  /** Makes a directory and what is missing above it. @throws {@link InvalidNameError} when a link is in the way. */
  async make(directory: string, name: string): Promise<void> {
    const found = await this.find(directory);
    if (found === 'linked') {
      throw new InvalidNameError(name, 'a directory in it is a symbolic link on the disk');
    }
    if (found === 'plain') return;
    for (const step of this.#steps(directory)) {
      try {
        await mkdir(step, { mode: this.#directoryMode });
        // mkdir takes the umask off the mode.
        if (this.#directoryMode !== undefined) await chmod(step, this.#directoryMode);
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
      }
    }
    if ((await this.find(directory)) === 'linked') await this.make(directory, name);
  }

  /** The directories from below the root to this one. */
  #steps(directory: string): string[] {
    const below = directory.slice(this.root.length).split(sep).filter(Boolean);
    return below.map((_, index) => join(this.root, ...below.slice(0, index + 1)));
  }
}

/** Whether an entry of a directory holds unfinished files. */
export function isHidden(entry: string): boolean {
  return entry.startsWith(besidePrefix);
}

/** For `catch`: these codes mean that there is nothing. */
export function ignore(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (!hasCode(error, ...codes)) throw error;
    return undefined;
  };
}

function digest(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

/** Makes a directory and what is missing above it; answers the first that it made. */
function makeNow(directory: string, mode: number | undefined): string | undefined {
  if (isDirectory(directory)) return undefined;
  // Not `recursive`, which says of a read-only file system that there is no such file.
  const above = makeNow(dirname(directory), mode);
  try {
    mkdirSync(directory, { mode });
  } catch (error) {
    // Another process was faster.
    if (!hasCode(error, 'EEXIST') || !isDirectory(directory)) throw error;
  }
  // mkdir takes the umask off the mode.
  if (mode !== undefined) chmodSync(directory, mode);
  return above ?? directory;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Asks the file system itself; one that may not be written to keeps names as they are, since nobody adds any. */
function normalizes(directory: string): boolean {
  const composed = join(directory, `${randomUUID()}-\u00e9`);
  try {
    mkdirSync(composed);
  } catch {
    return false;
  }
  const found = existsSync(composed.normalize('NFD'));
  rmdirSync(composed);
  return found;
}
