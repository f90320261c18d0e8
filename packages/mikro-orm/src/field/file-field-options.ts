import type { PropertyOptions } from '@mikro-orm/core';
import type { StorageAlias, UploadTo } from '@filefield/core';

/** What happens to an object when its row lets go of it. */
export type Reclaiming = 'reclaim' | 'keep';

/** How a file field stores its files. `Entity` is what a callable `uploadTo` is given. */
export interface FileFieldOptions<Entity extends object = object> {
  /** Alias of the storage. Default `default`. */
  readonly storage?: StorageAlias;
  /**
   * Directory of the objects, with `strftime` directives (`avatars/%Y/`), or a function of the entity and the safe
   * filename that returns a whole name; called once per upload. Default: the top of the storage.
   */
  readonly uploadTo?: UploadTo<Entity>;
  /** Largest size in bytes; enforced while the bytes stream. Default: no limit. */
  readonly maxSize?: number;
  /** Whether a file of 0 bytes is accepted. Default `false`. */
  readonly allowEmpty?: boolean;
  /** The object when its row is deleted: `reclaim` deletes it after the grace, `keep` holds it for ever. Default `reclaim`. */
  readonly onDelete?: Reclaiming;
  /** The object when its row takes another file or `null`. Default `reclaim`. */
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
  readonly storage: string;
  readonly uploadTo: UploadTo<never>;
  readonly maxSize: number | undefined;
  readonly allowEmpty: boolean;
  readonly onDelete: Reclaiming;
  readonly onReplace: Reclaiming;
  readonly json: { readonly url?: boolean };
  readonly index: boolean;
}

/** Fills in the defaults. */
export function fileFieldSettings<Entity extends object>({
  storage = 'default',
  uploadTo = '',
  maxSize,
  allowEmpty = false,
  onDelete = 'reclaim',
  onReplace = 'reclaim',
  json = {},
  index = true,
}: FileFieldDeclaration<Entity>): FileFieldSettings {
  return { storage, uploadTo, maxSize, allowEmpty, onDelete, onReplace, json, index };
}
