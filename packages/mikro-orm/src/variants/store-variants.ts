import { randomUUID } from 'node:crypto';
import { assertName, type VariantRow } from '@filefield/core';
import { variantName } from '@filefield/core/binding';
import { reach, type FailPointOptions } from '../fail-points.ts';
import type { OwnedLocations } from '../flush/owned-locations.ts';
import type { Journal, JournalEntry, JournalTicket } from '../journal/journal.ts';
import { BarredNameError } from './barred-name-error.ts';
import { putVariant } from './put-variant.ts';
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

/** Options of {@link storeVariants}. */
export interface StoreVariantsOptions {
  readonly signal: AbortSignal;
  /** Is told how the journal lists them, before the first object is stored. */
  readonly announced?: ((tickets: readonly JournalTicket[]) => void) | undefined;
  /** Whether nobody can have used the names before: that of the original is new. Default `false`. */
  readonly isNew?: boolean | undefined;
}

/**
 * Announces the names in the journal, then stores the objects. Whoever was first has won: a variant's name says which
 * bytes it was made of and how, so that his object is as good.
 *
 * Unlike originals, variants get the names that they had before. What is stored under a name with a tombstone would be
 * deleted with it, and then nothing would bar the name any more. And the statement that lists a name takes it off the
 * journal, also for a writer who was killed in the middle of the same object: what he left is removed before.
 *
 * @returns What a row is to list.
 * @throws {@link InvalidNameError} when the original's name leaves no room for its variants. @throws BarredNameError when
 * one of the names is being reclaimed, or was not long ago; nothing is stored then.
 */
export async function storeVariants(
  host: StoreHost,
  { storage, row }: Original,
  images: readonly RenderedVariant[],
  { signal, announced, isNew = false }: StoreVariantsOptions,
): Promise<Record<string, VariantRow>> {
  if (images.length === 0) return {};
  const { journal } = host;
  const objects = images.map((image) => {
    const name = variantName(row.name, image.wanted.file);
    assertName(name, { reserved: 'allow' });
    return { image, name, uploadId: randomUUID() };
  });
  await host.locations?.take(storage, journal);
  await reach(host, 'announce', 'before');
  const tickets = await journal.schedule(
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
  const shared = new Set<string>();
  if (!isNew) {
    const entries = await entriesOf(journal, row.storage, tickets);
    await assertFree(journal, tickets, entries);
    for (const name of sharedNames(tickets, entries)) shared.add(name);
  }
  const variants: Record<string, VariantRow> = {};
  for (const { image, name, uploadId } of objects) {
    const { file, variant, definition } = image.wanted;
    const { width, height, bytes } = image;
    await reach(host, 'put', 'before');
    const isShared = shared.has(name);
    const options = { filename: file, type: definition.type, uploadId, signal, isShared };
    const size = await putVariant(storage, name, bytes, options);
    await reach(host, 'put', 'after');
    variants[variant] = {
      name: file,
      size,
      type: definition.type,
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
    };
  }
  if (isNew) return variants;
  // A name that was leased meanwhile is refused by the list; until then the journal must keep all that is stored.
  const others = sharedNames(tickets, await entriesOf(journal, row.storage, tickets));
  if (others.size > 0) await storage.discardUnfinished?.([...others]);
  return variants;
}

async function entriesOf(
  journal: Journal,
  storage: string,
  tickets: readonly JournalTicket[],
): Promise<readonly JournalEntry[]> {
  const names = tickets.map(({ name }) => name);
  return await journal.entries(storage, names);
}

/**
 * To be asked before anything is stored. Once a name is announced for later it is leased no more: one look suffices.
 * @throws BarredNameError when one is barred; the names are announced no more then.
 */
async function assertFree(
  journal: Journal,
  tickets: readonly JournalTicket[],
  entries: readonly JournalEntry[],
): Promise<void> {
  const barred = entries.find(({ isBarred }) => isBarred);
  if (barred === undefined) return;
  for (const ticket of tickets) await journal.withdraw(ticket);
  throw new BarredNameError(barred.name);
}

/** The names that somebody else has announced as well, or listed meanwhile. */
function sharedNames(
  tickets: readonly JournalTicket[],
  entries: readonly JournalEntry[],
): Set<string> {
  const isAlone = ({ id, name }: JournalTicket): boolean => {
    const ofName = entries.filter((entry) => entry.name === name);
    return ofName.length === 1 && ofName[0]?.id === id;
  };
  return new Set(tickets.filter((ticket) => !isAlone(ticket)).map(({ name }) => name));
}
