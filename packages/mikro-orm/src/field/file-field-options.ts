import type { PropertyOptions } from '@mikro-orm/core';
import type {
  FileRules,
  FileStorage,
  FileValidator,
  StorageAlias,
  StorageFactory,
  UploadTo,
} from '@filefield/core';
import { imageSettings, type ImageOptions, type ImageSettings } from './image-field-options.ts';

/** What happens to an object when its row lets go of it. */
export type Reclaiming = 'reclaim' | 'keep';

/** How a file field stores its files. `Entity` is what a callable `uploadTo` is given. */
export interface FileFieldOptions<Entity extends object = object> {
  /**
   * Alias of the storage; or a storage of the field's own, or what builds one, which then has the alias
   * `Entity.property`. Default `default`.
   */
  readonly storage?: StorageAlias | FileStorage | StorageFactory;
  /**
   * Directory of the objects, with `strftime` directives (`avatars/%Y/`), or a function of the entity and the safe
   * filename that returns a whole name; called once per upload. Default: the top of the storage.
   */
  readonly uploadTo?: UploadTo<Entity>;
  /** Largest size in bytes; enforced while the bytes stream. Default: no limit. */
  readonly maxSize?: number;
  /** Whether a file of 0 bytes is accepted. Default `false`. */
  readonly allowEmpty?: boolean;
  /** Types and extensions (`image/png`, `image/*`, `.pdf`), checked against the bytes. Default: everything. */
  readonly accept?: readonly string[];
  /** Further rules; everything that is wrong is collected before a byte is stored. Standard Schemas are welcome. */
  readonly validators?: readonly FileValidator[];
  /**
   * What the column keeps: `json` the whole row of the file, `name` a varchar with the name alone, for tables that Django
   * or others write. Default `json`.
   */
  readonly column?: 'json' | 'name';
  /** The longest name in characters; a longer root is cut. Default: the storage's 1,024 bytes, and 255 with `column: 'name'`. */
  readonly maxLength?: number;
  /** `unique` puts a random token into every name, `django` adds one only where the name is taken. Default `unique`. */
  readonly naming?: 'unique' | 'django';
  /**
   * Name of an object that a new entity holds when it is given no file; not owned, never reclaimed. Default: none.
   * With `column: 'name'` the empty string makes the column `not null default ''` as Django does: an empty field is
   * written as `''`.
   */
  readonly default?: string;
  /** The object when its row is deleted: `reclaim` deletes it after the grace, `keep` holds it for ever. Default `reclaim`, and `keep` with `column: 'name'`. */
  readonly onDelete?: Reclaiming;
  /** The object when its row takes another file or `null`. Default as {@link onDelete}. */
  readonly onReplace?: Reclaiming;
  /** What `JSON.stringify` shows: `url` adds the URL of private files too. Default: of public ones only. */
  readonly json?: { readonly url?: boolean };
}

/** MikroORM's own options that make sense on a file. */
export type FilePropertyOptions<Entity extends object = object> = Pick<
  PropertyOptions<Entity>,
  'fieldName' | 'nullable' | 'lazy' | 'ref' | 'hidden' | 'unique' | 'comment' | 'groups'
> & {
  /** `false` leaves out the hash index on the name, which reclaiming and filters by name use. Default `true`. */
  readonly index?: boolean;
};

/** Options of `@FileField()` and `fileField()`. */
export type FileFieldDeclaration<Entity extends object = object> = FileFieldOptions<Entity> &
  FilePropertyOptions<Entity>;

/** The options after defaults, as a column type carries them. */
export interface FileFieldSettings {
  /** Alias; of a field with a storage of its own, once the ORM has discovered it. */
  readonly storage: string;
  readonly ownStorage: StorageFactory | undefined;
  readonly uploadTo: UploadTo<never>;
  readonly maxSize: number | undefined;
  readonly allowEmpty: boolean;
  readonly rules: FileRules;
  readonly column: 'json' | 'name';
  readonly maxLength: number | undefined;
  readonly naming: 'unique' | 'django';
  readonly default: string | undefined;
  /** Whether an empty field is `''` and never NULL. */
  readonly blank: boolean;
  readonly onDelete: Reclaiming;
  readonly onReplace: Reclaiming;
  readonly json: { readonly url?: boolean };
  readonly index: boolean;
  /** Of an image field. */
  readonly image: ImageSettings | undefined;
}

/** The column's default where an empty field is `''`; MikroORM takes a plain `''` for no default. */
export const blankDefault = "''";

/** Fills in the defaults. */
export function fileFieldSettings<Entity extends object>(
  declaration: FileFieldDeclaration<Entity>,
): FileFieldSettings {
  const { storage = 'default', column = 'json', accept, validators } = declaration;
  const blank = column === 'name' && declaration.default === '';
  // Another program may use the names again.
  const usual = column === 'name' ? 'keep' : 'reclaim';
  return {
    storage: typeof storage === 'string' ? storage : '',
    ownStorage: ownStorage(storage),
    uploadTo: declaration.uploadTo ?? '',
    maxSize: declaration.maxSize,
    allowEmpty: declaration.allowEmpty ?? false,
    rules: { accept, validators },
    column,
    maxLength: declaration.maxLength ?? (column === 'name' ? 255 : undefined),
    naming: declaration.naming ?? 'unique',
    default: blank ? undefined : declaration.default,
    blank,
    onDelete: declaration.onDelete ?? usual,
    onReplace: declaration.onReplace ?? usual,
    json: declaration.json ?? {},
    index: declaration.index ?? true,
    image: undefined,
  };
}

/** Fills in the defaults of an image field. */
export function imageFieldSettings<Entity extends object>(
  declaration: FileFieldDeclaration<Entity> & ImageOptions,
): FileFieldSettings {
  return { ...fileFieldSettings(declaration), image: imageSettings(declaration) };
}

function ownStorage(storage: string | FileStorage | StorageFactory): StorageFactory | undefined {
  if (typeof storage === 'string') return undefined;
  return typeof storage === 'function' ? storage : () => storage;
}
