import { StorageOptionsError, UnknownStorageError } from './errors.ts';
import type { FileStorage } from './file-storage.ts';
import { settleAll } from './settle-all.ts';
import { partsOf } from './storage-parts.ts';

/**
 * Makes aliases part of the types: `declare module '@filefield/core' { interface Register { storages: typeof storages } }`
 * turns an unknown alias into a compile error.
 */
export interface Register {}

/** The aliases of the registered storages; any string where none are registered. */
export type StorageAlias = Register extends { readonly storages: Storages<infer Alias> }
  ? Alias
  : string;

/** Builds a storage; called once, when the alias is used first. */
export type StorageFactory = () => FileStorage;

/** Options of {@link defineStorages}. */
export interface StoragesOptions<Alias extends string> {
  /** The alias that stands in for one that a field declares and nobody defined. Default: none. */
  readonly fallback?: Alias | undefined;
}

/** Ends an override; `using` calls it. */
export interface Restore extends Disposable {
  (): void;
}

/**
 * Names the places where files live. Nothing is built until an alias is used.
 *
 * @example
 * const storages = defineStorages({
 *   default: () => new FileSystemStorage({ location: './media' }),
 * });
 * @throws {@link UnknownStorageError} when the fallback is not one of the aliases.
 */
export function defineStorages<const Alias extends string>(
  factories: Readonly<Record<Alias, StorageFactory>>,
  options: StoragesOptions<NoInfer<Alias>> = {},
): Storages<Alias> {
  return new Storages<Alias>(factories, options);
}

/** The storages by alias; one instance per alias. Made by {@link defineStorages}. */
export class Storages<Alias extends string = string> {
  /** The alias that stands in for an undefined one in a field's declaration; whoever reads declarations applies it. */
  readonly fallback: Alias | undefined;
  readonly #factories: ReadonlyMap<string, StorageFactory>;
  readonly #built = new Map<string, FileStorage>();
  readonly #building = new Set<string>();
  readonly #parent: Storages | undefined;
  #overrides: readonly ReadonlyMap<string, FileStorage>[] = [];

  constructor(
    factories: Readonly<Record<string, StorageFactory>>,
    options: StoragesOptions<Alias> = {},
    parent?: Storages,
  ) {
    this.#factories = new Map(Object.entries(factories));
    this.#parent = parent;
    this.fallback = options.fallback;
    if (this.fallback !== undefined) this.#assertKnown(this.fallback);
  }

  /** Every alias, in the order of definition. */
  get aliases(): readonly Alias[] {
    // Only the type knows that the keys are the aliases.
    return this.#known() as Alias[];
  }

  /** Whether the alias is defined. */
  has(alias: string): boolean {
    return this.#factories.has(alias) || (this.#parent?.has(alias) ?? false);
  }

  /**
   * The storage of an alias, always the same instance.
   * @throws {@link UnknownStorageError} when the alias is not defined.
   * @throws {@link StorageOptionsError} when its factory throws or gives no storage.
   */
  get(alias: Alias): FileStorage {
    this.#assertKnown(alias);
    const override = this.#overrides.findLast((layer) => layer.has(alias))?.get(alias);
    if (override !== undefined) return override;
    if (!this.#factories.has(alias) && this.#parent !== undefined) return this.#parent.get(alias);
    return this.#built.get(alias) ?? this.#build(alias);
  }

  /**
   * Puts other storages in place, as tests do; the answer puts things back, in any order of calls.
   * @throws {@link UnknownStorageError} when an alias is not defined: a misspelt override would do nothing.
   */
  override(replacements: Readonly<Partial<Record<Alias, FileStorage>>>): Restore {
    const layer = new Map<string, FileStorage>();
    for (const [alias, storage] of Object.entries<FileStorage | undefined>(replacements)) {
      this.#assertKnown(alias);
      if (storage !== undefined) layer.set(alias, checked(alias, storage));
    }
    this.#overrides = [...this.#overrides, layer];
    const restore = (): void => {
      this.#overrides = this.#overrides.filter((other) => other !== layer);
    };
    return Object.assign(restore, { [Symbol.dispose]: restore });
  }

  /**
   * A registry with more aliases over this one: instances and overrides of this one show through.
   * @throws {@link StorageOptionsError} when an alias is defined already.
   */
  extend<const More extends string>(
    factories: Readonly<Record<More, StorageFactory>>,
  ): Storages<Alias | More> {
    for (const alias of Object.keys(factories)) {
      if (this.has(alias)) {
        throw new StorageOptionsError(
          `Cannot add storage "${alias}": the alias is defined already`,
        );
      }
    }
    return new Storages<Alias | More>(factories, { fallback: this.fallback }, this);
  }

  /**
   * Builds every storage and lets it find out what only its backend knows.
   * @throws the failure, or an `AggregateError` of several.
   */
  async ready(): Promise<void> {
    await settleAll(this.#all(), async (storage) => storage.ready?.());
  }

  /** Closes the storages that this registry built; the next use builds them anew. */
  async close(): Promise<void> {
    const built = new Set(this.#built.values());
    this.#built.clear();
    await settleAll(built, async (storage) => storage.close?.());
  }

  /**
   * Builds every storage and checks that none lies inside another: deleting or listing in one would reach the other.
   * Two aliases of one and the same place are allowed; a storage that has parts has all of their places.
   * @throws {@link StorageOptionsError} naming both aliases.
   */
  assertSeparate(): void {
    const places = this.aliases.flatMap((alias) =>
      partsOf(this.get(alias)).map(({ location }) => ({ alias, location })),
    );
    for (const outer of places) {
      const inner = places.find(
        ({ location }) => location !== outer.location && location.startsWith(outer.location),
      );
      if (inner === undefined) continue;
      throw new StorageOptionsError(
        `Cannot use storages "${outer.alias}" and "${inner.alias}": ` +
          `the location of "${inner.alias}" lies inside that of "${outer.alias}", give each its own`,
      );
    }
  }

  #all(): ReadonlySet<FileStorage> {
    return new Set(this.aliases.map((alias) => this.get(alias)));
  }

  #known(): string[] {
    return [...(this.#parent?.aliases ?? []), ...this.#factories.keys()];
  }

  #assertKnown(alias: string): void {
    if (!this.has(alias)) throw new UnknownStorageError(alias, this.#known());
  }

  #build(alias: string): FileStorage {
    if (this.#building.has(alias)) throw unbuildable(alias, 'its factory asks for itself');
    this.#building.add(alias);
    try {
      const storage = checked(alias, this.#made(alias));
      this.#built.set(alias, storage);
      return storage;
    } finally {
      this.#building.delete(alias);
    }
  }

  #made(alias: string): unknown {
    try {
      return this.#factories.get(alias)?.();
    } catch (cause) {
      if (cause instanceof StorageOptionsError) throw cause;
      const reason =
        cause instanceof Error ? `its factory threw ${cause.name}` : 'its factory threw';
      throw unbuildable(alias, reason, { cause });
    }
  }
}

function checked(alias: string, made: unknown): FileStorage {
  if (made instanceof Promise)
    throw unbuildable(alias, 'its factory gave a promise, not a storage');
  if (!isStorage(made)) throw unbuildable(alias, 'its factory gave no storage');
  if (!made.location.endsWith('/')) throw unbuildable(alias, 'its location does not end with "/"');
  made.alias ??= alias;
  return made;
}

function isStorage(made: unknown): made is FileStorage {
  if (typeof made !== 'object' || made === null) return false;
  return (
    'location' in made &&
    typeof made.location === 'string' &&
    'visibility' in made &&
    'capabilities' in made &&
    methods.every((method) => method in made && typeof Reflect.get(made, method) === 'function')
  );
}

const methods = ['save', 'open', 'stat', 'delete', 'reclaim', 'copy', 'walk', 'url'];

function unbuildable(alias: string, reason: string, options?: ErrorOptions): StorageOptionsError {
  return new StorageOptionsError(`Cannot use storage "${alias}": ${reason}`, options);
}
