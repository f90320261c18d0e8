import { FieldDefinitionError, UnknownStorageError } from '@filefield/core';
import type { RowsOptions, RowsReport } from '../adopt/adopt-report.ts';
import { filePlaces } from '../adopt/file-places.ts';
import { shownValue } from '../adopt/old-name.ts';
import type { Flaw } from '../adopt/row-problem.ts';
import { runRows, type RowOutcome } from '../adopt/row-run.ts';
import type { KeyedRow } from '../adopt/rows-in-order.ts';
import type { FileProperty } from '../discovery/file-property.ts';
import { reach } from '../fail-points.ts';
import { identifier } from '../journal/sql-text.ts';
import { BarredNameError, isBarred } from './barred-name-error.ts';
import { isImageAtFault } from './image-at-fault.ts';
import { listVariants } from './list-variants.ts';
import { placesIn, type OriginalPlace } from './original-places.ts';
import { VariantMaking, type VariantField, type VariantHost } from './variant-making.ts';
import { isComplete, needsEngine, wantedVariants, type WantedVariants } from './wanted-variants.ts';

/** Options of `files.regenerateVariants()`. */
export type RegenerateOptions = Omit<RowsOptions, 'checksum'>;

/** What `files.regenerateVariants()` did. */
export interface RegenerateReport extends RowsReport {
  /** Rows that list what is declared now, or would. */
  readonly regenerated: number;
  /** Variants that were made, or would be. */
  readonly made: number;
  /** Variants that were taken off the rows, or would be: not declared any more, or declared otherwise. */
  readonly dropped: number;
}

/** Makes what rows lack and drops what is stale; see `FileFields.regenerateVariants()`. */
export async function regenerateVariants(
  host: VariantHost,
  field: VariantField,
  options: RegenerateOptions,
): Promise<RegenerateReport> {
  const { property, table } = field;
  const column = `t.${identifier(property.column.column)}`;
  const regeneration = new Regeneration(host, field, options);
  const run = {
    database: host.database,
    table,
    value: `${column}::text`,
    where: { sql: `${column} is not null`, params: [] },
    isDone: (row: KeyedRow) => regeneration.isDone(row),
    work: async (row: KeyedRow): Promise<RowOutcome> => await regeneration.regenerate(row),
  };
  const names = (value: string): string =>
    filePlaces(JSON.parse(value), property.column.path)
      .map(({ row }) => shownValue(row.name))
      .join(', ');
  const { written, ...report } = await runRows(run, names, options);
  const { made, dropped } = regeneration;
  return { ...report, regenerated: written, made, dropped };
}

/** @throws {@link FieldDefinitionError} when rows of the field cannot list variants. */
export function assertRegenerable({ field, type: { settings } }: FileProperty): void {
  if (settings.image === undefined) throw new FieldDefinitionError(field, 'it is no image field');
  if (settings.column === 'json') return;
  throw new FieldDefinitionError(field, `column: 'name' keeps nothing but the name`);
}

class Regeneration {
  made = 0;
  dropped = 0;
  readonly #host: VariantHost;
  readonly #field: VariantField;
  readonly #options: RegenerateOptions;

  constructor(host: VariantHost, field: VariantField, options: RegenerateOptions) {
    this.#host = host;
    this.#field = field;
    this.#options = options;
  }

  isDone(keyed: KeyedRow): boolean {
    return this.#undone(keyed).length === 0;
  }

  /** Every file of the row; the first flaw is told, the others are done all the same. */
  async regenerate(keyed: KeyedRow): Promise<RowOutcome> {
    let [bytes, isWritten, flaw]: [number, boolean, Flaw | undefined] = [0, true, undefined];
    let name = '';
    for (const { place, wanted } of this.#undone(keyed)) {
      name = place.row.name;
      const done = this.#options.dryRun === true ? this.#count(wanted) : await this.#one(place);
      if (typeof done === 'object') flaw ??= done.flaw;
      else if (done === overtaken) isWritten = false;
      else bytes += done;
    }
    return flaw === undefined ? { name, bytes, isWritten } : { name, flaw };
  }

  #undone(keyed: KeyedRow): { place: OriginalPlace; wanted: WantedVariants }[] {
    const { image } = this.#field.property.type.settings;
    if (image === undefined) return [];
    return placesIn(keyed, this.#field.property).flatMap((place) => {
      const wanted = wantedVariants(image, place.row);
      return isComplete(wanted) ? [] : [{ place, wanted }];
    });
  }

  #count({ missing, stale }: WantedVariants): number {
    this.made += missing.length;
    this.dropped += stale.length;
    return 0;
  }

  async #one(place: OriginalPlace): Promise<number | { readonly flaw: Flaw }> {
    const { signal = new AbortController().signal } = this.#options;
    const making = new VariantMaking(this.#host, this.#field, { signal });
    try {
      return await this.#made(place, making);
    } catch (error) {
      signal.throwIfAborted();
      const flaw = flawOf(error, place);
      if (flaw === undefined) throw error;
      return { flaw };
    }
  }

  async #made(
    place: OriginalPlace,
    making: VariantMaking,
  ): Promise<number | { readonly flaw: Flaw }> {
    const { property } = this.#field;
    const { image } = property.type.settings;
    if (image === undefined) return 0;
    const wanted = wantedVariants(image, place.row);
    const isAble = this.#host.engine !== undefined || !needsEngine(image);
    const lacks = wanted.missing.length > 0 || wanted.placeholder;
    if (!isAble && wanted.stale.length === 0) return noEngine;
    // What is stale goes, whoever makes what is missing.
    const listing = isAble
      ? await making.listing(place)
      : { variants: {}, current: wanted.current };
    if (listing === undefined) return 0;
    await reach(this.#host, 'list', 'before');
    const isListed = await listVariants(this.#host.database, this.#field, place, listing);
    await reach(this.#host, 'list', 'after');
    if (!isListed) {
      await making.abandon();
      return overtaken;
    }
    this.made += making.count;
    this.dropped += wanted.stale.length;
    return isAble || !lacks ? making.bytes : noEngine;
  }
}

const overtaken = -1;

const noEngine: { readonly flaw: Flaw } = {
  flaw: { kind: 'engine', reason: 'this process has no engine to make what is missing' },
};

/** What is wrong with this one original; nothing where the next would fail in the same way. */
function flawOf(error: unknown, { row }: OriginalPlace): Flaw | undefined {
  if (error instanceof BarredNameError) return { kind: 'reclaimed', reason: error.message };
  if (isBarred(error)) {
    return { kind: 'reclaimed', reason: 'the name of a variant is being reclaimed, or gone' };
  }
  if (error instanceof UnknownStorageError) return { kind: 'storage', reason: error.message };
  if (!isImageAtFault(error, row)) return undefined;
  return { kind: 'image', reason: error instanceof Error ? error.message : String(error) };
}
