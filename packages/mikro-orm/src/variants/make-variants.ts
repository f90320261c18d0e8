import { reach } from '../fail-points.ts';
import type { Database } from '../journal/database.ts';
import { seeAllRows } from '../worker/readable-tables.ts';
import { listVariants, type Listing } from './list-variants.ts';
import { originalPlaces, type OriginalPlace } from './original-places.ts';
import type { VariantField, VariantHost, VariantMaking } from './variant-making.ts';

/** How often the rows may change under the making before it is left for later. */
const attempts = 5;

/** Options of {@link makeVariants}. */
export interface MakeOptions {
  readonly signal: AbortSignal;
  /** Runs at the end of the transaction that lists all of it. */
  readonly settle?: ((tx: Database) => Promise<void>) | undefined;
}

/**
 * Makes what the rows lack that hold an object, and lists it in all of them.
 *
 * @returns whether a row holds the object; what was made of one that is gone is given up.
 * @throws what rendering and storing throw; an error that `isBarred` tells when the name of a variant is being
 * reclaimed. What was stored then waits in the journal for the next attempt.
 */
export async function makeVariants(
  host: VariantHost,
  field: VariantField,
  object: { readonly storage: string; readonly name: string },
  making: VariantMaking,
  { signal, settle }: MakeOptions,
): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    signal.throwIfAborted();
    const places = await originalPlaces(host.database, field, object);
    if (places.length === 0) {
      await making.abandon();
      return false;
    }
    const listings: [OriginalPlace, Listing][] = [];
    for (const place of places) {
      const listing = await making.listing(place);
      if (listing !== undefined) listings.push([place, listing]);
    }
    if (await listAll(host, field, listings, settle)) return true;
  }
  throw new Error(`Cannot list variants of "${object.name}": its rows keep changing`);
}

/** One transaction. @returns whether every place still held the object. */
async function listAll(
  host: VariantHost,
  field: VariantField,
  listings: readonly (readonly [OriginalPlace, Listing])[],
  settle: MakeOptions['settle'],
): Promise<boolean> {
  await reach(host, 'list', 'before');
  const isListed = await host.database.transaction(async (tx) => {
    await seeAllRows(tx);
    // Neither a visitor nor a worker that is stopped may wait for whoever has locked a row and sleeps. Below
    // deadlock_timeout: who wants one of several rows that are copies must not be killed for it.
    await tx.all(`select pg_catalog.set_config('lock_timeout', '500ms', true)`);
    let all = true;
    for (const [place, listing] of listings) {
      all = (await listVariants(tx, field, place, listing)) && all;
    }
    if (all) await settle?.(tx);
    return all;
  });
  await reach(host, 'list', 'after');
  return isListed;
}
