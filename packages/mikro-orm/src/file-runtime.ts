import { StorageOptionsError, type Storages } from '@filefield/core';
import {
  fileBinding,
  variantLinks,
  type FileContext,
  type VariantContext,
} from '@filefield/core/binding';
import type { EntityName, MetadataStorage, Platform } from '@mikro-orm/core';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { AdoptHost } from './adopt/adopt.ts';
import { cacheFiles } from './cached-files.ts';
import type { CheckHost } from './check/check.ts';
import { Connections } from './connections.ts';
import { cursorsByFile } from './discovery/cursors-by-file.ts';
import { declareFields } from './discovery/declare-fields.ts';
import { fileProperties } from './discovery/file-property.ts';
import { keepNamesWhole } from './discovery/keep-names-whole.ts';
import { onlyOwnSchemas } from './discovery/only-own-schemas.ts';
import { withOwnStorages } from './discovery/own-storages.ts';
import { interval, milliseconds } from './duration.ts';
import { failPoints } from './fail-points.ts';
import type { FileFieldsOptions } from './file-fields-options.ts';
import { filesAsParameters } from './field/file-parameter.ts';
import { FileFlush } from './flush/file-flush.ts';
import { FileSubscriber, TransactionSubscriber } from './flush/file-subscriber.ts';
import { OwnedLocations } from './flush/owned-locations.ts';
import { stagedTickets } from './flush/staged-tickets.ts';
import type { SettledFile } from './flush/upload-files.ts';
import type { UploadHost } from './flush/upload-host.ts';
import { declareJournal, declareVariantWork } from './journal/declare-journal.ts';
import { fileTriggerSql, ownTriggerSql, type TriggeredTable } from './journal/file-trigger-sql.ts';
import { Journal } from './journal/journal.ts';
import { migrate } from './migrate/migrate.ts';
import type { MigrateOptions, MigrateReport } from './migrate/migrate-report.ts';
import { reconcile } from './reconcile/reconcile.ts';
import type { ReconcileOptions, ReconcileReport } from './reconcile/reconcile-report.ts';
import { reclaimedAsRejected } from './reclaimed-as-rejected.ts';
import { checkedTimeZone } from './time-zone.ts';
import { checkedKeys } from './uploads/upload-ticket.ts';
import { VariantFinder } from './variants/find-variant.ts';
import { VariantFields } from './variants/variant-fields.ts';
import type { VariantHost } from './variants/variant-making.ts';
import { VariantWorker } from './variants/variant-worker.ts';
import { notifyWorkers } from './worker/notifications.ts';
import { assertEnvironment } from './worker/owner.ts';
import { placesOf } from './worker/places.ts';
import type { OwnTable } from './worker/references.ts';
import type { WorkerLog } from './worker/worker-options.ts';
import { Worker } from './worker/worker.ts';

/** Below this grace a commit may make objects due before the worker's next look. */
const impatientGrace = 60_000;

/** What the extension holds for the one ORM that it serves. */
export class FileRuntime {
  readonly orm: MikroORM;
  readonly connections: Connections;
  readonly host: UploadHost;
  readonly locations: OwnedLocations;
  readonly flush: FileFlush;
  readonly #options: FileFieldsOptions;
  readonly #grace: number;
  readonly #tombstone: number;
  readonly #onDemand: (field: string) => VariantContext['onDemand'];
  readonly #ownAliases = new Set<string>();
  /** Those that fields declare. */
  /** See `FileFields.fieldAliases`. */
  readonly fieldAliases: Set<string> = new Set<string>();
  #storages: Storages;
  #worker: Worker | undefined;
  #tables: readonly OwnTable[] = [];
  /** By `Entity.property`. */
  readonly #contexts = new Map<string, FileContext>();
  /** Fields whose variants are made in the background, as the contexts of their files call them. */
  readonly #background = new Set<string>();
  #hint: NodeJS.Timeout | undefined;
  #variantFields: VariantFields | undefined;
  #variantFinder: VariantFinder | undefined;

  constructor(options: FileFieldsOptions, orm: MikroORM) {
    this.#options = options;
    this.#storages = options.storages;
    this.#grace = milliseconds('grace', options.grace ?? '24h');
    this.#tombstone = milliseconds('tombstone', options.tombstone ?? '24h');
    this.orm = orm;
    this.connections = new Connections(orm);
    this.host = {
      [failPoints]: options[failPoints],
      timeZone: checkedTimeZone(options.timeZone ?? 'UTC'),
      keys: checkedKeys(options.keys ?? []),
      engine: options.variants?.engine,
      concurrency: options.concurrency ?? 8,
      uploadTimeout: milliseconds('uploadTimeout', options.uploadTimeout ?? '24h'),
      warn: (message: string): void => orm.config.getLogger().warn('info', message),
    };
    const { keys } = this.host;
    const { baseUrl, urlExpiresIn, concurrency = 1 } = options.variants ?? {};
    this.#onDemand =
      baseUrl === undefined ? () => undefined : variantLinks({ baseUrl, keys, urlExpiresIn });
    if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
      throw new StorageOptionsError(
        `Cannot make ${concurrency} variants at once: a whole number from 1 is wanted`,
      );
    }
    this.locations = new OwnedLocations({
      environment: options.environment ?? null,
      warn: (message) => this.host.warn(message),
    });
    this.flush = new FileFlush({
      ...this.host,
      locations: this.locations,
      connections: this.connections,
      defaultSchema: this.defaultSchema,
      journalSchema: this.journalSchema,
      committed: () => this.#committed(),
      stored: (files) => this.#stored(files),
    });
  }

  /** The schema of tables that name none. */
  get defaultSchema(): string {
    return this.orm.config.get('schema') ?? 'public';
  }

  get journalSchema(): string {
    return this.#options.journal?.schema ?? this.defaultSchema;
  }

  /** Once the ORM has discovered its entities, with those that fields bring along. */
  get storages(): Storages {
    return this.#storages;
  }

  get worker(): Worker {
    this.#worker ??= new Worker({
      [failPoints]: this.#options[failPoints],
      database: this.connections.background(),
      storages: this.storages,
      journalSchema: this.journalSchema,
      environment: this.#options.environment,
      uploadTimeout: this.host.uploadTimeout,
      tombstone: this.#tombstone,
      ownTables: () => this.#tables,
      variants: new VariantWorker({
        host: this.variantHost,
        fields: () => this.variantFields,
        storages: () => this.storages,
        journalSchema: this.journalSchema,
        concurrency: this.#options.variants?.concurrency ?? 1,
        log: this.#log,
      }),
      listen: this.connections.listen(),
      log: this.#log,
    });
    return this.#worker;
  }

  /** What the making of variants works with. */
  get variantHost(): VariantHost {
    const { uploadTimeout } = this.host;
    return {
      [failPoints]: this.#options[failPoints],
      engine: this.#options.variants?.engine,
      database: this.connections.background(),
      journal: this.journal,
      locations: this.locations,
      defaultSchema: this.defaultSchema,
      uploadTimeout,
      warn: (message) => this.host.warn(message),
    };
  }

  /** Makes variants that somebody asks for. */
  get variantFinder(): VariantFinder {
    this.#variantFinder ??= new VariantFinder({
      host: this.variantHost,
      fields: () => this.variantFields,
    });
    return this.#variantFinder;
  }

  /** Once the ORM has discovered its entities. */
  get variantFields(): VariantFields {
    this.#variantFields ??= new VariantFields(this.orm.getMetadata(), this.defaultSchema);
    return this.#variantFields;
  }

  readonly #log: WorkerLog = (level, message) => {
    const logger = this.orm.config.getLogger();
    if (level === 'info') logger.log('info', message);
    else logger[level]('info', message);
  };

  /** See `FileFields.reconcile()`. */
  async reconcile(options: ReconcileOptions): Promise<ReconcileReport> {
    const { environment } = this.#options;
    const { storages, journalSchema } = this;
    const database = this.connections.background();
    const ownTables = (): readonly OwnTable[] => this.#tables;
    const host = { database, storages, journalSchema, environment, ownTables, grace: this.#grace };
    return await reconcile({ ...host, fieldAliases: this.fieldAliases }, options);
  }

  /** See `FileFields.triggerSql()`. */
  triggerSql(table: TriggeredTable | undefined): string[] {
    if (table === undefined) return ownTriggerSql(this.orm.getMetadata());
    const { journalSchema, defaultSchema: schema } = this;
    return fileTriggerSql({ schema, grace: this.#options.grace, ...table, journalSchema });
  }

  /** What `FileFields.adopt()` and `backfill()` work with. */
  get rowsHost(): AdoptHost {
    const { storages, defaultSchema } = this;
    return { database: this.connections.background(), storages, defaultSchema };
  }

  /** What `FileFields.check()` looks at. */
  get checkHost(): CheckHost {
    const { environment, worker } = this.#options;
    const { storages, journalSchema } = this;
    return {
      database: this.connections.background(),
      storages,
      journalSchema,
      environment,
      ownTables: this.#tables,
      workColumns: this.variantFields.columns(true),
      keys: this.host.keys,
      grace: this.#grace,
      uploadTimeout: this.host.uploadTimeout,
      runsWorker: worker !== 'manual',
      poolMax: this.orm.config.get('pool').max ?? 10,
    };
  }

  /** See `FileFields.migrate()`. */
  async migrate(options: MigrateOptions): Promise<MigrateReport> {
    const { environment, [failPoints]: hook } = this.#options;
    const { storages, journalSchema } = this;
    const { concurrency } = this.host;
    const ownTables = (): readonly OwnTable[] => this.#tables;
    const shared = { storages, journalSchema, environment, ownTables, concurrency };
    const host = { ...shared, [failPoints]: hook, grace: this.#grace };
    return await this.connections.apart(async (ways) => await migrate(host, ways, options));
  }

  /** The journal beside the user's transactions. */
  get journal(): Journal {
    return new Journal(this.connections.background(), this.journalSchema);
  }

  /** Hooks into discovery, events, connecting and closing. */
  attach(): void {
    const { config } = this.orm;
    const shared: FileContext = { storage: (alias) => this.storages.get(alias) };
    cacheFiles(config.getResultCacheAdapter(), (field = '') => this.#contexts.get(field) ?? shared);
    declareJournal(this.orm, this.#options.journal?.schema);
    const work = declareVariantWork(this.orm, this.#options.journal?.schema);
    config.set('subscribers', [
      new TransactionSubscriber(this.flush),
      ...config.get('subscribers'),
      new FileSubscriber(this.flush, () => this.#entities()),
    ]);
    const discovery = config.get('discovery');
    const { afterDiscovered } = discovery;
    // Not async: `new MikroORM()` waits for no promise, and a mistake must be thrown there too.
    discovery.afterDiscovered = (metadata, platform) => {
      this.#declare(metadata, platform);
      if (!this.#tables.some(({ makesVariants }) => makesVariants)) metadata.reset(work);
      return afterDiscovered?.(metadata, platform);
    };
    if (this.#options.worker !== 'manual') this.#startWithConnection();
    const closeOrm = this.orm.close.bind(this.orm);
    this.orm.close = async (force) => {
      await this.close();
      await closeOrm(force);
    };
  }

  /** Gives an upload up that no row will take. */
  async giveUp({ file, staged }: SettledFile): Promise<void> {
    fileBinding.unsettle(file);
    if (staged === undefined) return;
    await this.journal.abandon(stagedTickets(staged));
  }

  /** Afterwards nothing of the extension runs or is connected. */
  async close(): Promise<void> {
    clearTimeout(this.#hint);
    await Promise.all([this.#worker?.stop(), this.#variantFinder?.close()]);
    await this.connections.close();
  }

  #declare(metadata: MetadataStorage, platform: Platform): void {
    this.#storages = withOwnStorages(this.#storages, metadata, this.#ownAliases);
    const { storages } = this;
    assertEnvironment(placesOf(storages).places, this.#options.environment);
    reclaimedAsRejected(platform);
    filesAsParameters(platform);
    cursorsByFile(this.orm.driver);
    this.#tables = declareFields(metadata, platform, {
      storages,
      defaultSchema: this.defaultSchema,
      journalSchema: this.journalSchema,
      grace: interval('grace', this.#options.grace ?? '24h'),
      variants: this.#options.variants ?? {},
      onDemand: this.#onDemand,
    });
    this.#variantFields = undefined;
    const fields = [...metadata].flatMap((meta) => fileProperties(meta));
    for (const { type } of fields) this.fieldAliases.add(type.settings.storage);
    const helper = this.orm.config.getPlatform().getSchemaHelper();
    keepNamesWhole(helper, fields, this.defaultSchema);
    onlyOwnSchemas(this.orm, fields);
    for (const { type, column } of fields) {
      const { context } = type;
      if (context?.field === undefined) continue;
      this.#contexts.set(context.field, context);
      if (column.variants === 'made') this.#background.add(context.field);
    }
  }

  #entities(): EntityName[] {
    return [...this.orm.getMetadata()]
      .filter((meta) => fileProperties(meta).length > 0)
      .map((meta) => meta.class);
  }

  /** A worker of a process that never connects, such as `migration:create` without a database, would only fail. */
  #startWithConnection(): void {
    const { config } = this.orm;
    const onCreateConnection = config.get('onCreateConnection');
    config.set('onCreateConnection', async (connection) => {
      await onCreateConnection?.(connection);
      this.worker.start();
    });
  }

  #committed(): void {
    if (this.#grace < impatientGrace) this.#wake();
  }

  /** Somebody waits for the thumbnails. */
  #stored(files: readonly SettledFile[]): void {
    const fields = files.map(({ file }) => fileBinding.context(file)?.field ?? '');
    if (fields.some((field) => this.#background.has(field))) this.#wake();
  }

  /** Debounced: a thousand commits are one hint. */
  #wake(): void {
    this.#hint ??= setTimeout(() => {
      this.#hint = undefined;
      this.#worker?.wake();
      // Another process may have the engine that this one has not.
      const isDone = this.#background.size === 0 || this.#worker?.makesVariants === true;
      if (this.#worker?.isStarted !== true || !isDone) void this.#notify();
    }, 20).unref();
  }

  async #notify(): Promise<void> {
    try {
      await notifyWorkers(this.connections.background());
    } catch (error) {
      this.host.warn(`Cannot wake the workers: ${String(error)}`);
    }
  }
}
