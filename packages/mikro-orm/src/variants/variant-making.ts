import type { VariantRow } from '@filefield/core';
import type { FieldTable } from '../adopt/field-table.ts';
import { contextOf, type FileProperty } from '../discovery/file-property.ts';
import type { Database } from '../journal/database.ts';
import type { JournalTicket } from '../journal/journal.ts';
import type { Listing } from './list-variants.ts';
import type { OriginalPlace } from './original-places.ts';
import { renderVariants, type RenderedVariant, type RenderHost } from './render-variants.ts';
import { storeVariants, type StoreHost } from './store-variants.ts';
import { isComplete, wantedVariants } from './wanted-variants.ts';

/** What the making of variants needs of the extension. */
export interface VariantHost extends RenderHost, StoreHost {
  /** Beside any transaction. */
  readonly database: Database;
  /** The schema of tables that name none. */
  readonly defaultSchema: string;
  /** Tells of what must not fail the caller. */
  warn(message: string): void;
}

/** A field, and the table that it lies in. */
export interface VariantField {
  readonly property: FileProperty;
  readonly table: FieldTable;
}

/** Options of {@link VariantMaking}. */
export interface MakingOptions {
  readonly signal: AbortSignal;
  /** The one variant that is asked for. Default: all, and the placeholder. */
  readonly only?: string | undefined;
}

/** Makes the variants of one object, each once, however many rows and places hold it. */
export class VariantMaking {
  /** What is in the journal until a row lists it. */
  readonly tickets: JournalTicket[] = [];
  /** What was made, stored or not. */
  readonly images: RenderedVariant[] = [];
  readonly #host: VariantHost;
  readonly #field: VariantField;
  readonly #options: MakingOptions;
  readonly #stored = new Map<string, VariantRow>();
  #placeholder: string | undefined;

  constructor(host: VariantHost, field: VariantField, options: MakingOptions) {
    this.#host = host;
    this.#field = field;
    this.#options = options;
  }

  /** How many objects this has stored. */
  get count(): number {
    return this.#stored.size;
  }

  /** Their bytes. */
  get bytes(): number {
    return [...this.#stored.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Afterwards what the place lacks is stored; answers what is to be listed there, nothing where it lacks nothing. */
  async listing({ row }: OriginalPlace): Promise<Listing | undefined> {
    const { property } = this.#field;
    const { image } = property.type.settings;
    if (image === undefined) return undefined;
    const { only, signal } = this.#options;
    const wanted = wantedVariants(image, row, only);
    if (isComplete(wanted)) return undefined;
    const missing = wanted.missing.filter(({ file }) => !this.#stored.has(file));
    const placeholder = wanted.placeholder && this.#placeholder === undefined;
    const original = { property, row, storage: contextOf(property).storage(row.storage) };
    const lacking = { missing, placeholder };
    const rendered = await renderVariants(this.#host, original, lacking, signal);
    this.images.push(...rendered.images);
    this.#placeholder ??= rendered.placeholder;
    const stored = await storeVariants(this.#host, original, rendered.images, {
      signal,
      announced: (tickets) => this.tickets.push(...tickets),
    });
    for (const made of Object.values(stored)) this.#stored.set(made.name, made);
    const variants = wanted.missing.flatMap(({ variant, file }) => {
      const made = this.#stored.get(file);
      return made === undefined ? [] : [[variant, made] as const];
    });
    return {
      variants: Object.fromEntries(variants),
      placeholder: wanted.placeholder ? this.#placeholder : undefined,
      current: wanted.current,
    };
  }

  /** No row will list what was stored: its original is gone. */
  async abandon(): Promise<void> {
    const tickets = this.tickets.splice(0);
    if (tickets.length > 0) await this.#host.journal.abandon(tickets);
  }
}
