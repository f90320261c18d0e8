import {
  FileNotFoundError,
  InvalidNameError,
  StorageOptionsError,
  type FileRow,
  type FileUrlOptions,
  type FoundVariant,
  type VariantDefinition,
  type VariantLink,
} from '@filefield/core';
import { fileBinding, variantFile, variantName } from '@filefield/core/binding';
import { contextOf } from '../discovery/file-property.ts';
import { isBarred } from './barred-name-error.ts';
import { isImageAtFault } from './image-at-fault.ts';
import { makeVariants } from './make-variants.ts';
import { originalPlaces } from './original-places.ts';
import { renderVariants } from './render-variants.ts';
import type { VariantFields } from './variant-fields.ts';
import { VariantMaking, type VariantField, type VariantHost } from './variant-making.ts';
import { isRendered } from './wanted-variants.ts';

/** What the finding of variants needs of the extension. */
export interface VariantFinderOptions {
  readonly host: VariantHost;
  readonly fields: () => VariantFields;
}

/** Milliseconds for which an image that cannot be made smaller is not tried again on demand. */
const memory = 5 * 60_000;

/** How many of them are remembered. */
const remembered = 1000;

/** Makes variants that somebody asks for; who asks for the same at once waits for the same. */
export class VariantFinder {
  readonly #options: VariantFinderOptions;
  readonly #running = new Map<string, Promise<Answer>>();
  /** Names of variants that cannot be made, and until when that is believed. */
  readonly #refused = new Map<string, number>();
  #closing = new AbortController();

  constructor(options: VariantFinderOptions) {
    this.#options = options;
  }

  /** See `FileFields.findVariant()`. */
  async find(link: VariantLink, signal: AbortSignal | undefined): Promise<FoundVariant> {
    signal?.throwIfAborted();
    const key = JSON.stringify([link.field, link.storage, link.name, link.variant, link.file]);
    let running = this.#running.get(key);
    if (running === undefined) {
      running = this.#find(link, key).finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    // Whoever leaves does not end what others wait for, nor what is made already; and his place is free when it has ended.
    const answer = await running;
    signal?.throwIfAborted();
    return answer(link);
  }

  /** Afterwards nothing is made any more. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The extension is closed'));
    await Promise.allSettled(this.#running.values());
    this.#closing = new AbortController();
  }

  async #find(link: VariantLink, key: string): Promise<Answer> {
    const { host, fields } = this.#options;
    const property = fields().named(link.field);
    const declared = property?.type.settings.image?.declared ?? {};
    const definition = Object.hasOwn(declared, link.variant) ? declared[link.variant] : undefined;
    if (property === undefined || definition === undefined) throw notFound(link);
    const field = await fields().fieldOf(host.database, property);
    const [place] = await originalPlaces(host.database, field, link);
    if (place === undefined) throw notFound(link);
    const { row } = place;
    const file = fileBinding.hydrate(row, contextOf(property));
    const original: Answer = (asked) => ({ kind: 'url', url: file.getUrl(wishesOf(asked)) });
    if (!isRendered(row)) return original;
    const current = variantFile(link.variant, definition, row);
    const isServed = property.type.settings.image?.variants[link.variant] === undefined;
    if (isServed) {
      const { variant } = link;
      return (asked) => ({ kind: 'url', url: file.getUrl({ variant, ...wishesOf(asked) }) });
    }
    const name = variantName(row.name, current);
    const { storage } = row;
    // Also where the link is of another definition, as of the processes that a deployment has not replaced yet: a redirect
    // could go to and fro between them.
    const object: Answer = () => ({ kind: 'object', storage, name, type: definition.type });
    if (row.variants?.[link.variant]?.name === current) return object;
    if (this.#isRefused(key)) return original;
    const made = { field, definition, row, original, variant: link.variant, key };
    return row.owned === false
      ? await this.#unstored(made)
      : ((await this.#stored(made)) ?? object);
  }

  /** Makes and stores it; answers where it is instead, where it cannot be stored or made. */
  async #stored(asked: Asked): Promise<Answer | undefined> {
    const { host } = this.#options;
    const { signal } = this.#closing;
    const { field, definition, row, variant } = asked;
    const making = new VariantMaking(host, field, { signal, only: variant });
    try {
      if (await makeVariants(host, field, row, making, { signal })) return undefined;
    } catch (error) {
      const [image] = making.images;
      if (signal.aborted) throw error;
      if (image === undefined) return this.#instead(asked, error);
      // A name that is being reclaimed, and one that is too long, are to be expected.
      if (!isBarred(error) && !(error instanceof InvalidNameError)) {
        host.warn(`Cannot store the variant "${variant}" of "${row.name}": ${messageOf(error)}`);
      }
      return () => ({ kind: 'bytes', bytes: image.bytes, type: definition.type });
    }
    throw new FileNotFoundError('find', row);
  }

  /** Makes it and leaves it at that: the original is not the row's to add to. */
  async #unstored(asked: Asked): Promise<Answer> {
    const { field, definition, row, variant } = asked;
    const { property } = field;
    const original = { property, row, storage: contextOf(property).storage(row.storage) };
    const missing = [{ variant, definition, file: '' }];
    const { signal } = this.#closing;
    try {
      const lacking = { missing, placeholder: false };
      const { images } = await renderVariants(this.#options.host, original, lacking, signal);
      const bytes = images[0]?.bytes ?? new Uint8Array();
      return () => ({ kind: 'bytes', bytes, type: definition.type });
    } catch (error) {
      if (signal.aborted) throw error;
      return this.#instead(asked, error);
    }
  }

  /** What takes the place of a variant that cannot be made. @throws every failure that will pass. */
  #instead({ row, original, key, variant }: Asked, error: unknown): Answer {
    const { host } = this.#options;
    const isOurs = error instanceof StorageOptionsError;
    if (!isOurs && (error instanceof FileNotFoundError || !isImageAtFault(error, row))) throw error;
    this.#refuse(key);
    host.warn(`Cannot make the variant "${variant}" of "${row.name}": ${messageOf(error)}`);
    return original;
  }

  #refuse(key: string): void {
    const [oldest] = this.#refused.keys();
    if (this.#refused.size >= remembered && oldest !== undefined) this.#refused.delete(oldest);
    this.#refused.set(key, Date.now() + memory);
  }

  #isRefused(key: string): boolean {
    const until = this.#refused.get(key);
    if (until === undefined) return false;
    if (until > Date.now()) return true;
    this.#refused.delete(key);
    return false;
  }
}

/** What one of those is told who asked for the same. */
type Answer = (link: VariantLink) => FoundVariant;

interface Asked {
  readonly field: VariantField;
  readonly definition: VariantDefinition;
  readonly row: FileRow;
  readonly original: Answer;
  readonly variant: string;
  readonly key: string;
}

/** Where a link leads ends with it. */
function wishesOf({ download, expires }: VariantLink): FileUrlOptions {
  if (expires === undefined) return { download };
  return { download, expiresIn: Math.max(1, Math.floor(expires - Date.now() / 1000)) };
}

function notFound({ storage, name, file }: VariantLink): FileNotFoundError {
  return new FileNotFoundError('find', { storage, name: variantName(name, file) });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
