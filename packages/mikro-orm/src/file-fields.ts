import {
  FieldDefinitionError,
  FieldFile,
  FileNotFoundError,
  StorageOptionsError,
  type FileOptions,
  type FileRow,
  type DirectUpload,
  type FileSource,
  type Storages,
  type FoundVariant,
  type UploadRequest,
  type UploadStep,
  type VariantLink,
} from '@filefield/core';
import { fileBinding, type FileContext } from '@filefield/core/binding';
import type { EntityName, MikroORM } from '@mikro-orm/core';
import { BasePostgreSqlPlatform, type MikroORM as PostgreSqlMikroORM } from '@mikro-orm/postgresql';
import { adopt } from './adopt/adopt.ts';
import type {
  AdoptOptions,
  AdoptReport,
  BackfillReport,
  RowsOptions,
} from './adopt/adopt-report.ts';
import { backfill } from './adopt/backfill.ts';
import { check } from './check/check.ts';
import type { CheckOptions, CheckReport } from './check/check-report.ts';
import { contextOf, fileProperties, type FileProperty } from './discovery/file-property.ts';
import { fieldHandle, type FieldHandle, type FileKey } from './field-handle.ts';
import type { FileFieldsOptions } from './file-fields-options.ts';
import { FileRuntime } from './file-runtime.ts';

import { finishFiles } from './flush/settled-files.ts';
import { uploadFiles } from './flush/upload-files.ts';
import type { TriggeredTable } from './journal/file-trigger-sql.ts';
import { restoredVariants } from './journal/restored-variants.ts';
import type { MigrateOptions, MigrateReport } from './migrate/migrate-report.ts';
import type { ReconcileOptions, ReconcileReport } from './reconcile/reconcile-report.ts';
import { createUpload, signUpload } from './uploads/create-upload.ts';
import type { CreateUploadOptions, SignUploadOptions } from './uploads/create-upload-options.ts';
import { claimUpload, uploadClaims } from './uploads/upload-claim.ts';
import {
  assertRegenerable,
  regenerateVariants,
  type RegenerateOptions,
  type RegenerateReport,
} from './variants/regenerate.ts';
import { claimLocation } from './worker/owner.ts';
import type { Worker } from './worker/worker.ts';

/** Options of {@link FileFields.stage}. */
export interface StageOptions<Entity extends object> extends FileOptions {
  /** What a callable `uploadTo` is given. Default: an empty object. */
  readonly entity?: Partial<Entity> | undefined;
}

/** A file of an entity: its property, or the way to it through embeddables, such as `profile.photo`. */
export type FilePath<Entity> = FileKey<Entity> | `${keyof Entity & string}.${string}`;

/** An object by the alias of its storage and its name. */
export interface ObjectName {
  readonly storage: string;
  readonly name: string;
}

/**
 * File fields for MikroORM: pass it in `extensions`. Serves one ORM.
 *
 * @example
 * ```ts
 * const files = fileFields({ storages });
 * const orm = await MikroORM.init({ extensions: [files], entities: [User] });
 * ```
 */
export function fileFields(options: FileFieldsOptions): FileFields {
  return new FileFields(options);
}

/** The extension, and what applications ask of it beyond assigning values. Made by {@link fileFields}. */
export class FileFields {
  #options: FileFieldsOptions;
  #attached: FileRuntime | undefined;

  constructor(options: FileFieldsOptions) {
    this.#options = options;
  }

  /**
   * Called by MikroORM for every extension.
   * @throws {@link StorageOptionsError} when the extension serves another ORM already, or the database is not PostgreSQL.
   */
  register(orm: MikroORM): void {
    if (!isPostgreSql(orm)) {
      throw new StorageOptionsError('Cannot register fileFields(): its journal needs PostgreSQL');
    }
    if (this.#attached !== undefined) {
      throw new StorageOptionsError('Cannot register fileFields() twice: make one for each ORM');
    }
    this.#attached = new FileRuntime(this.#options, orm);
    this.#attached.attach();
  }

  /**
   * Keeps the worker of this process off, whatever the option `worker` says: for programs that only look at a project or
   * do one thing to it, such as the `filefield` command. Call it before `MikroORM.init()`.
   * @returns itself.
   * @throws {@link StorageOptionsError} when an ORM is served already.
   */
  withoutWorker(): this {
    if (this.#attached !== undefined) {
      throw new StorageOptionsError(
        'Cannot keep the worker off: call withoutWorker() before MikroORM.init()',
      );
    }
    this.#options = { ...this.#options, worker: 'manual' };
    return this;
  }

  /** Every storage by its alias: those of the options, and those that fields bring along. */
  get storages(): Storages {
    return this.#attached?.storages ?? this.#options.storages;
  }

  /** Reclaims objects that no row references; started by itself unless `worker: 'manual'`. */
  get worker(): Worker {
    return this.#runtime.worker;
  }

  /**
   * Django's bound file: its `save`, `rename` and `delete` are one UPDATE of this column, in the current transaction.
   * @throws ValidationError when the entity is new: flush it first.
   */
  field<Entity extends object>(entity: Entity, property: FileKey<Entity>): FieldHandle {
    return fieldHandle(this.#runtime, entity, this.#property(entity.constructor, property));
  }

  /**
   * Uploads a file outside any transaction. Until its `uploadTimeout` is over, the result may be used wherever a stored
   * file may: assigned, in `insertMany`, `upsert`, a query builder or raw SQL; the statement that takes it settles it.
   * @throws {@link FileValidationError} when the file breaks the rules of the field.
   */
  async stage<Entity extends object>(
    entity: EntityName<Entity>,
    property: FilePath<Entity>,
    source: FileSource | FieldFile,
    options: StageOptions<Entity> = {},
  ): Promise<FieldFile> {
    const { journal, host, locations } = this.#runtime;
    const field = this.#property(entity, property);
    const file = source instanceof FieldFile ? source : FieldFile.from(source, options);
    const request = { file, property: field, entity: options.entity ?? {} };
    const claims = uploadClaims([request], host.keys);
    const [settled] = await uploadFiles([request], { journal, host, locations });
    if (settled === undefined) return file;
    try {
      for (const claim of claims) await claimUpload(claim, journal);
    } catch (error) {
      await this.#runtime.giveUp(settled);
      throw error;
    }
    // The bytes are in the storage, and no transaction can take them back.
    finishFiles([settled], (message) => host.warn(message));
    if (settled.staged === undefined) return file;
    return fileBinding.stage(settled.staged, contextOf(field));
  }

  /**
   * Lets a browser upload a file straight to the field's storage. Whatever it sends lies in `incoming/` and is nobody's:
   * assign `FieldFile.fromUpload(token)` within the `uploadTimeout`, and the flush checks it and copies it to its name;
   * what no row takes is reclaimed.
   * @throws {@link FileValidationError} when what is announced would break the rules of the field, nothing limits its
   * size, or the storage takes uploads by another method only.
   * @throws {@link UnsupportedOperationError} when the storage takes no direct uploads.
   * @throws {@link StorageOptionsError} without `keys`. @throws RangeError when `expiresIn` is out of bounds.
   */
  async createUpload<Entity extends object>(
    entity: EntityName<Entity>,
    property: FilePath<Entity>,
    options: CreateUploadOptions,
  ): Promise<DirectUpload> {
    const { journal, host, locations } = this.#runtime;
    return await createUpload(this.#property(entity, property), options, {
      journal,
      host,
      locations,
    });
  }

  /**
   * Signs a further request of an upload that {@link createUpload} began: its parts, the list of those that arrived, its
   * end. The token lets its bearer ask for nothing else.
   * @throws {@link UploadRejectedError} when the token is not ours, not the subject's, used, or over.
   * @throws {@link FileValidationError} when the storage takes uploads in another way only.
   */
  async signUpload(
    token: string,
    step: UploadStep,
    options: SignUploadOptions = {},
  ): Promise<UploadRequest> {
    const {
      journal,
      host: { keys },
    } = this.#runtime;
    return await signUpload(token, step, options, { journal, keys, storages: this.storages });
  }

  /** The file of a row that a raw query answered: the parsed `jsonb` value, or `null`. */
  fromRow(row: FileRow): FieldFile;
  fromRow(row: FileRow | null): FieldFile | null;
  fromRow(row: FileRow | null): FieldFile | null {
    return row && fileBinding.hydrate(structuredClone(row), this.#context);
  }

  /**
   * Brings back an object that its row let go of, as long as the grace lasts: assign the result within the
   * `uploadTimeout`. The variants of an image come back where all of them are left; otherwise they are made anew.
   * @throws {@link FileNotFoundError} when it is gone, being reclaimed, or not in the journal.
   */
  async restore({ storage, name }: ObjectName): Promise<FieldFile> {
    const { journal, host } = this.#runtime;
    const expiresAt = Date.now() + host.uploadTimeout;
    const value = await journal.restore({ storage, name }, host.uploadTimeout);
    if (value === null) throw new FileNotFoundError('restore', { storage, name });
    const { migration: _, ...kept }: { migration?: unknown } = value;
    const restored: FileRow = { ...kept, storage, name };
    const row = await restoredVariants(restored, journal, host.uploadTimeout);
    return fileBinding.stage({ id: '', field: name, expiresAt, row }, this.#context);
  }

  /**
   * Compares storages and database, name by name: objects that no row refers to and the journal does not list, rows
   * whose object is gone, sizes that differ, writes that were never finished. A dry run unless told otherwise; it never
   * deletes: what it schedules waits for its `grace` and for the worker's own judgement. Time grows with the number of
   * objects, memory does not; on S3 a thousand objects cost one request. Asks for the worker's rights.
   * @throws {@link UnknownStorageError} for an alias that nobody defined; errors of the database pass through.
   */
  async reconcile(options: ReconcileOptions = {}): Promise<ReconcileReport> {
    return await this.#runtime.reconcile(options);
  }

  /**
   * Takes over the files that another column of the same table names, as Django leaves it: each object is looked up, and
   * what a row keeps of a file is written where there is none yet and the former column still says the same, and nothing
   * else. May be stopped and run again at any time, also twice at once.
   * @throws {@link FieldDefinitionError} when the field holds names itself, or the table has no such column.
   * @throws {@link UnsupportedOperationError} when it lies in a JSON document. @throws {@link StorageOptionsError} for
   * options that cannot be right; errors of the database pass through.
   */
  async adopt<Entity extends object>(
    entity: EntityName<Entity>,
    property: FilePath<Entity>,
    options: AdoptOptions,
  ): Promise<AdoptReport> {
    return await adopt(this.#runtime.rowsHost, this.#property(entity, property), options);
  }

  /**
   * Fills in what rows do not tell of their objects: size, type, SHA-256 and the pixels of image fields, as of direct uploads whose checksum nobody
   * counted and of files that were adopted without reading them. A file that is replaced meanwhile stays what it is. May be stopped and run
   * again at any time, also twice at once; works inside JSON documents too.
   * @throws {@link FieldDefinitionError} when the field keeps names alone. @throws {@link StorageOptionsError} for options
   * that cannot be right; errors of the database pass through.
   */
  async backfill<Entity extends object>(
    entity: EntityName<Entity>,
    property: FilePath<Entity>,
    options: RowsOptions = {},
  ): Promise<BackfillReport> {
    return await backfill(this.#runtime.rowsHost, this.#property(entity, property), options);
  }

  /**
   * Brings the variants of all rows of an image field up to its declaration: makes what is missing, and drops what is not
   * declared any more or was declared otherwise; without an engine it drops only. An image that is replaced meanwhile
   * stays what it is. May be stopped and run again at any time, also twice at once; works inside JSON documents too.
   * @throws {@link FieldDefinitionError} when it is no image field, or keeps names alone. @throws {@link StorageOptionsError}
   * for options that cannot be right; errors of the database and of storages pass through.
   */
  async regenerateVariants<Entity extends object>(
    entity: EntityName<Entity>,
    property: FilePath<Entity>,
    options: RegenerateOptions = {},
  ): Promise<RegenerateReport> {
    const { variantHost, variantFields } = this.#runtime;
    const sought = this.#property(entity, property);
    assertRegenerable(sought);
    const field = await variantFields.fieldOf(variantHost.database, sought);
    return await regenerateVariants(variantHost, field, options);
  }

  /**
   * Finds the variant that a URL below `variants.baseUrl` stands for, and makes it where it is not there yet: pass it to
   * `variantHandler()`. Of many who ask at once, in any number of processes, one stores it and all are served. A link of
   * another definition gives what is declared here; where nothing can be made of the image, it says to which URL to go.
   * @throws {@link FileNotFoundError} when there is no such field, variant or image any more. Errors of the database and,
   * where not even the original can be read, of the storage pass through.
   */
  async findVariant(
    link: VariantLink,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<FoundVariant> {
    return await this.#runtime.variantFinder.find(link, signal);
  }

  /**
   * Looks whether all is as the library needs it: options, storages, database, rights, and whether somebody reclaims.
   * Each finding says what it breaks and how to mend it. It throws for nothing that is broken, and writes nothing but
   * what `ready()` of a storage and the `probe` do.
   */
  async check(options: CheckOptions = {}): Promise<CheckReport> {
    return await check(this.#runtime.checkHost, options);
  }

  /**
   * Moves the objects of one storage to another, and never deletes: it copies what is missing, compares every copy with
   * its origin, and then either another configuration or the alias in each row makes the copies count. Each run goes on
   * where the last one ended, however that was. Asks for the worker's rights, and with `switch: 'rows'` for UPDATE.
   * @throws {@link UnknownStorageError} for an alias that nobody defined. @throws {@link StorageOptionsError} when both
   * aliases are one place, the target belongs to another deployment, or another migration has one of them.
   */
  async migrate(options: MigrateOptions): Promise<MigrateReport> {
    return await this.#runtime.migrate(options);
  }

  /**
   * Makes the location of a storage belong to this environment and journal, whoever it belonged to: from now on this
   * deployment's worker deletes there, and no other's. Of a `fallbackStorage()` it takes both locations: what another
   * deployment still uses must not be one of them.
   */
  async claimLocation(alias: string): Promise<void> {
    const journal = await this.#runtime.journal.identity();
    const { environment = null } = this.#options;
    await claimLocation(this.storages.get(alias), { environment, journal });
  }

  /** The aliases that fields declare, once the ORM has started: whatever else lies there could be taken for one of their files. */
  get fieldAliases(): ReadonlySet<string> {
    return this.#runtime.fieldAliases;
  }

  /**
   * {@link fileTriggerSql} with this ORM's grace and journal, for a table that MikroORM does not manage; without one the
   * statements of every table of this ORM, which schema updates and migrations have already.
   */
  triggerSql(table?: TriggeredTable): string[] {
    return this.#runtime.triggerSql(table);
  }

  /**
   * Does at start-up what the first use would wait for: every storage finds out what only its backend knows, and its
   * location becomes ours. The schema must exist.
   */
  async ready(): Promise<void> {
    const { storages } = this;
    const { journal, locations } = this.#runtime;
    await storages.ready();
    for (const alias of storages.aliases) await locations.take(storages.get(alias), journal);
  }

  /**
   * Stops the worker and closes its connections, the engine of variants and the storages. `orm.close()` does the same but
   * for engine and storages.
   */
  async close(): Promise<void> {
    await this.#attached?.close();
    await this.#options.variants?.engine?.close?.();
    await Promise.all(
      [...new Set([this.storages, this.#options.storages])].map((all) => all.close()),
    );
  }

  get #runtime(): FileRuntime {
    if (this.#attached !== undefined) return this.#attached;
    throw new StorageOptionsError(
      'Cannot use fileFields() without an ORM: pass it in MikroORM.init({ extensions })',
    );
  }

  get #context(): FileContext {
    return { storage: (alias) => this.storages.get(alias) };
  }

  #property(entity: EntityName, name: string): FileProperty {
    const meta = this.#runtime.orm.getMetadata().get(entity);
    const found = fileProperties(meta).find(({ steps }) => steps.join('.') === name);
    if (found !== undefined) return found;
    throw new FieldDefinitionError(`${meta.className}.${name}`, 'it is no file field');
  }
}

/** MikroORM types an extension for every driver. */
function isPostgreSql(orm: MikroORM): orm is PostgreSqlMikroORM {
  return orm.config.getPlatform() instanceof BasePostgreSqlPlatform;
}
