import {
  FileNotFoundError,
  InvalidNameError,
  type FileStat,
  type FileStorage,
} from '@filefield/core';
import { codings, type Variant } from './accepted-coding.ts';

/** One form of a file that can be sent. */
export interface ServedVariant extends Variant {
  readonly stat: FileStat;
}

/** A file and its compressed forms. */
export interface ServedFile {
  readonly plain: ServedVariant;
  readonly compressed: readonly ServedVariant[];
}

/** Files that are remembered: more spellings than a site has files may lead to one, where disks ignore case. */
const most = 10_000;

/** What a storage has, believed for a while. */
export class ServedFiles {
  readonly #storage: FileStorage;
  readonly #isCompressed: boolean;
  readonly #milliseconds: number;
  readonly #known = new Map<string, { readonly file: ServedFile; readonly until: number }>();

  /** @param seconds How long to believe it. @param isCompressed Whether compressed forms are looked for. */
  constructor(storage: FileStorage, seconds: number, isCompressed: boolean) {
    this.#storage = storage;
    this.#isCompressed = isCompressed;
    this.#milliseconds = seconds * 1000;
  }

  /** `undefined` where there is no such file, and where it is the compressed form of another. */
  async find(name: string): Promise<ServedFile | undefined> {
    const known = this.#known.get(name);
    if (known !== undefined && known.until > Date.now()) return known.file;
    this.#known.delete(name);
    const file = await this.#ask(name);
    if (file === undefined || this.#milliseconds === 0) return file;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= most) this.#known.delete(oldest);
    this.#known.set(name, { file, until: Date.now() + this.#milliseconds });
    return file;
  }

  /** What was known of it turned out to be over. */
  forget(name: string): void {
    this.#known.delete(name);
  }

  async #ask(name: string): Promise<ServedFile | undefined> {
    const coding = codings.find(({ extension }) => name.endsWith(extension));
    const base = coding === undefined ? '' : name.slice(0, -coding.extension.length);
    const wanted = this.#isCompressed ? codings : [];
    const [stat, baseStat, ...variants] = await Promise.all([
      this.#stat(name),
      base === '' || base.endsWith('/') ? undefined : this.#stat(base),
      ...wanted.map(async ({ extension }) => this.#stat(name + extension)),
    ]);
    if (stat === undefined || baseStat !== undefined) return undefined;
    const compressed = wanted.flatMap((each, index) => {
      const found = variants[index];
      return found === undefined ? [] : [{ coding: each.coding, size: found.size, stat: found }];
    });
    return { plain: { coding: undefined, size: stat.size, stat }, compressed };
  }

  async #stat(name: string): Promise<FileStat | undefined> {
    try {
      return await this.#storage.stat(name);
    } catch (error) {
      if (error instanceof FileNotFoundError || error instanceof InvalidNameError) return undefined;
      throw error;
    }
  }
}
