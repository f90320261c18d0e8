import { randomUUID } from 'node:crypto';
import { assertName, FileExistsError, type VariantRow } from '@filefield/core';
import { asLibrary, variantName } from '@filefield/core/binding';
import { reach, type FailPointOptions } from '../fail-points.ts';
import type { OwnedLocations } from '../flush/owned-locations.ts';
import type { Journal, JournalTicket } from '../journal/journal.ts';
import { BarredNameError } from './barred-name-error.ts';
import type { Original, RenderedVariant } from './render-variants.ts';

/** What {@link storeVariants} needs of the extension. */
export interface StoreHost extends FailPointOptions {
  /** Beside any transaction. */
  readonly journal: Journal;
  /** Makes locations ours; not where a rollback could take the journal's identity back. */
  readonly locations: OwnedLocations | undefined;
  /** Milliseconds. */
  readonly uploadTimeout: number;
}

/** Variants whose objects are there, and which no row lists yet. */
export interface StoredVariants {
  readonly variants: Readonly<Record<string, VariantRow>>;
  /** How the journal lists them; the statement that lists them in a row takes these away. */
  readonly tickets: readonly JournalTicket[];
}

/**
 * Announces the names in the journal, then stores the objects. Whoever was first has won: a variant's name says which
 * bytes it was made of and how, so that his object is as good.
 *
 * @param announced Is told of the tickets before the first object is stored.
 * @throws {@link InvalidNameError} when the original's name leaves no room for its variants. @throws BarredNameError when
 * one of the names is being reclaimed, or was not long ago; nothing is stored then.
 */
export async function storeVariants(
  host: StoreHost,
  { storage, row }: Original,
  images: readonly RenderedVariant[],
  { signal, announced, isNew = false }: StoreVariantsOptions,
): Promise<StoredVariants> {
  if (images.length === 0) return { variants: {}, tickets: [] };
  const objects = images.map((image) => {
    const name = variantName(row.name, image.wanted.file);
    assertName(name, { reserved: 'allow' });
    return { image, name, uploadId: randomUUID() };
  });
  await host.locations?.take(storage, host.journal);
  await reach(host, 'announce', 'before');
  const tickets = await host.journal.schedule(
    objects.map(({ name, uploadId }) => ({
      storage: row.storage,
      location: storage.location,
      name,
      uploadId,
      reason: 'upload',
    })),
    host.uploadTimeout,
  );
  announced?.(tickets);
  await reach(host, 'announce', 'after');
  if (!isNew) await assertFree(host.journal, row.storage, tickets);
  const variants: Record<string, VariantRow> = {};
  for (const { image, name, uploadId } of objects) {
    const { file, variant, definition } = image.wanted;
    await reach(host, 'put', 'before');
    const options = { filename: file, type: definition.type, uploadId, signal };
    const size = await put(storage, name, image.bytes, options);
    await reach(host, 'put', 'after');
    const { width, height } = image;
    variants[variant] = {
      name: file,
      size,
      type: definition.type,
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
    };
  }
  return { variants, tickets };
}

/** Options of {@link storeVariants}. */
export interface StoreVariantsOptions {
  readonly signal: AbortSignal;
  readonly announced?: ((tickets: readonly JournalTicket[]) => void) | undefined;
  /** Whether nobody can have used the names before: that of the original is new. Default `false`. */
  readonly isNew?: boolean | undefined;
}

/**
 * Unlike originals, variants get the names that they had before. What is stored under a name with a tombstone is deleted
 * with it; then nothing bars the name any more, and a row could come to list what is gone. Once a name is announced for
 * later it is leased no more, so that one look suffices.
 */
async function assertFree(
  journal: Journal,
  storage: string,
  tickets: readonly JournalTicket[],
): Promise<void> {
  const names = tickets.map(({ name }) => name);
  const [barred] = await journal.barred(storage, names);
  if (barred === undefined) return;
  for (const ticket of tickets) await journal.withdraw(ticket);
  throw new BarredNameError(barred);
}

async function put(
  storage: Original['storage'],
  name: string,
  bytes: Uint8Array,
  options: { filename: string; type: string; uploadId: string; signal: AbortSignal },
): Promise<number> {
  try {
    const saved = await storage.save(name, bytes, asLibrary({ ...options, ifExists: 'error' }));
    return saved.size;
  } catch (error) {
    if (!(error instanceof FileExistsError)) throw error;
    return (await storage.stat(name)).size;
  }
}
