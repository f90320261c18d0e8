import { IntegrityError, UnsupportedOperationError, type StoredFile } from '@filefield/core';
import { asLibrary } from '@filefield/core/binding';
import type { NameFacts } from './name-facts.ts';
import type { Route } from './route.ts';
import type { Throttle } from './throttle.ts';

/** How bytes are moved. */
export interface MoveOptions {
  readonly throttle: Throttle;
  readonly signal: AbortSignal;
}

/**
 * Copies an object under its own name: on the server where both ends are one server's, else through this process.
 *
 * @returns the SHA-256 of the bytes that were read, where they passed through this process.
 * @throws {@link FileExistsError} when the name is taken. @throws {@link FileNotFoundError} when the object is gone.
 */
export async function copyName(
  { source, target }: Route,
  name: string,
  { type, filename }: Pick<NameFacts, 'type' | 'filename'>,
  { uploadId, throttle, signal }: MoveOptions & { readonly uploadId: string | undefined },
): Promise<string | undefined> {
  try {
    if (target.copyFrom !== undefined) {
      await target.copyFrom(source, name, name, asLibrary({ uploadId, signal, type }));
      return undefined;
    }
  } catch (error) {
    if (!(error instanceof UnsupportedOperationError)) throw error;
  }
  const found = await source.stat(name);
  const bytes = await source.open(name, asLibrary({ etag: found.etag, signal }));
  let saved: StoredFile;
  try {
    saved = await target.save(
      name,
      throttle.slowed(bytes, signal),
      asLibrary({
        ifExists: 'error',
        filename: filename ?? name.slice(name.lastIndexOf('/') + 1),
        type: type ?? found.type,
        uploadId,
        signal,
      }),
    );
  } finally {
    // A save that was refused has not begun to read; what was read to its end is closed already.
    if (!bytes.locked) await bytes.cancel().catch(() => {});
  }
  if (saved.name === name && saved.size === found.size) return saved.sha256;
  throw new IntegrityError(
    'copy',
    { storage: source.alias, name },
    {
      expected: `${name}, ${found.size} bytes`,
      received: `${saved.name}, ${saved.size} bytes`,
    },
  );
}
