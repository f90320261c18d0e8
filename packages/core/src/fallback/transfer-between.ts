import { FileNotFoundError, UnsupportedOperationError } from '../errors.ts';
import type { CopyOptions, FileStorage, StorageCapabilities } from '../file-storage.ts';
import { asLibrary } from '../library-options.ts';
import { firstFound, type TwoParts } from './first-found.ts';

/** Brings the bytes of an object, wherever it lies, under another name of the primary. The names are checked. */
export async function copyBetween(
  both: TwoParts,
  from: string,
  to: string,
  options: CopyOptions,
): Promise<void> {
  await firstFound(both, async (part) => {
    if (part === both.primary) await part.copy(from, to, options);
    else await fetchInto(both, from, to, options);
  });
}

/** {@link copyBetween}, and afterwards neither part has the object under its old name. */
export async function moveBetween(
  both: TwoParts,
  from: string,
  to: string,
  options: CopyOptions,
): Promise<void> {
  const { primary, fallback } = both;
  const isOne = [primary, fallback].some(({ capabilities }) => isOneName(capabilities, from, to));
  const isAlone = isOne || !(await fallback.exists(from));
  if (isAlone && (await primary.exists(from))) {
    if (isOne) await fallback.delete(from);
    await primary.move(from, to, options);
    return;
  }
  await copyBetween(both, from, to, options);
  await fallback.delete(from);
  if (!isOne) await primary.delete(from);
}

/** Whether two names are those of one object, which must not be removed under the first when it has moved to the second. */
export function isOneName(
  { caseSensitive, normalizing }: StorageCapabilities,
  ...names: [from: string, to: string]
): boolean {
  const [from, to] = names.map((name) => {
    const spelled = normalizing === true ? name.normalize() : name;
    return caseSensitive ? spelled : spelled.toLowerCase();
  });
  return from === to;
}

/**
 * The part of a storage that has the object, or that version of it, so that a server can be told where it lies; the
 * storage itself where it has no parts, or none of them has the object.
 */
export async function partWith(
  origin: FileStorage,
  name: string,
  etag?: string,
): Promise<FileStorage> {
  const { parts } = origin;
  if (parts === undefined) return origin;
  const having: FileStorage[] = [];
  for (const part of [...parts, ...parts.slice(0, 1)]) {
    const found = await part.stat(name).catch((error: unknown) => {
      if (error instanceof FileNotFoundError) return undefined;
      throw error;
    });
    if (found === undefined) continue;
    if (etag === undefined || found.etag === etag) return part;
    having.push(part);
  }
  return having[0] ?? origin;
}

async function fetchInto(
  { primary, fallback }: TwoParts,
  from: string,
  to: string,
  options: CopyOptions,
): Promise<void> {
  const { overwrite = false, uploadId, signal } = options;
  try {
    if (primary.copyFrom !== undefined) {
      await primary.copyFrom(await partWith(fallback, from), from, to, options);
      return;
    }
  } catch (error) {
    if (!(error instanceof UnsupportedOperationError)) throw error;
  }
  const { type, etag } = await fallback.stat(from);
  const bytes = await fallback.open(from, { etag, signal });
  const ifExists = overwrite ? 'overwrite' : 'error';
  await primary.save(to, bytes, asLibrary({ ifExists, type, uploadId, signal }));
}
