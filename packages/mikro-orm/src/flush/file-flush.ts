import { UploadRejectedError, type FieldFile } from '@filefield/core';
import { fileBinding } from '@filefield/core/binding';
import type { ChangeSet, EntityManager, UnitOfWork } from '@mikro-orm/core';
import type { Connections } from '../connections.ts';
import { assertOwnSchema } from '../discovery/file-location.ts';
import { reach, type FailPoint } from '../fail-points.ts';
import { Journal } from '../journal/journal.ts';
import { changedFiles, filesOf, type ChangedFile } from './changed-files.ts';
import { emptyAsNull } from './empty-as-null.ts';
import { wasInRow } from './original-files.ts';
import type { OwnedLocations } from './owned-locations.ts';
import { assertOneOwner, fileToWrite } from './planned-upload.ts';
import { assertUnchanged, renameCheck, type RenameCheck } from './rename-check.ts';
import { finishFiles, SettledFiles, unsettleFiles, type TransactionKey } from './settled-files.ts';
import { SharedTransaction } from './shared-transaction.ts';
import { stagedTickets } from './staged-tickets.ts';
import { uploadFiles, type SettledFile, type UploadRequest } from './upload-files.ts';
import { writeMeasures } from '../image/write-measures.ts';
import { claimUpload, uploadClaims, type UploadClaim } from '../uploads/upload-claim.ts';
import type { UploadHost } from './upload-host.ts';
import { writePayload } from './write-payload.ts';

/** What the flush needs from the extension. */
export interface FlushOptions extends UploadHost {
  readonly connections: Connections;
  readonly locations: OwnedLocations;
  readonly defaultSchema: string;
  readonly journalSchema: string;
  /** Hints that a commit may have made something due. Never throws, never waits. */
  committed(): void;
  /** Tells of files that are in their rows for good. Never throws, never waits. */
  stored(files: readonly SettledFile[]): void;
}

/** Stores the files of a flush before its first statement, and keeps their state in step with the transaction. */
export class FileFlush {
  readonly #options: FlushOptions;
  readonly #settled = new SettledFiles();
  /** Files of a flush whose own transaction has not begun yet. */
  readonly #waiting = new WeakMap<UnitOfWork, readonly SettledFile[]>();
  readonly #shared = new SharedTransaction();
  readonly #parents = new WeakMap<EntityManager, TransactionKey>();
  /** What a row's own statement waits for. */
  readonly #checks = new WeakMap<UnitOfWork, readonly RowCheck[]>();
  /** Uploads that were used up without a transaction, which no rollback gives back. */
  readonly #claimed = new WeakSet<FieldFile>();
  /** What a running flush has stored for its rows already, by the file. */
  readonly #stored = new WeakMap<UnitOfWork, Map<FieldFile, ChangedFile>>();

  constructor(options: FlushOptions) {
    this.#options = options;
  }

  async store(em: EntityManager, uow: UnitOfWork): Promise<void> {
    this.#giveBack(uow);
    emptyAsNull(uow);
    this.#stored.set(uow, new Map());
    const { settled, checks } = await this.#store(em, uow, changedFiles(uow));
    this.#checks.set(uow, checks);
    for (const changeSet of uow.getChangeSets()) writeMeasures(changeSet);
    if (settled.length === 0) return;
    const transaction = em.getTransactionContext();
    if (transaction !== undefined) this.#settled.add(transaction, settled);
    else {
      this.#waiting.set(uow, settled);
      await this.reach('before-begin');
    }
  }

  /** Files that the user's own hooks assigned, inside the transaction; and the renames and uploads of this row. */
  async storeLate(em: EntityManager, changeSet: ChangeSet<object>): Promise<void> {
    const uow = em.getUnitOfWork(false);
    const { settled, checks: late } = await this.#store(em, uow, filesOf(changeSet));
    writeMeasures(changeSet);
    const transaction = em.getTransactionContext();
    if (transaction !== undefined) this.#settled.add(transaction, settled);
    const early = this.#checks.get(uow) ?? [];
    const isOwn = ({ entity }: RowCheck): boolean => entity === changeSet.entity;
    // Once: a unique column may write the same entity again, and then the row holds the new file.
    this.#checks.set(
      uow,
      early.filter((check) => !isOwn(check)),
    );
    for (const check of [...early.filter(isOwn), ...late]) await this.#check(em, check);
  }

  /** A flush that needed no transaction, or had none by configuration, is final at its end. */
  withoutTransaction(uow: UnitOfWork): void {
    this.#finish(this.#waiting.get(uow) ?? []);
    this.#waiting.delete(uow);
    this.#stored.delete(uow);
  }

  beginning(em: EntityManager, parent: TransactionKey | undefined): void {
    if (parent === undefined) this.#parents.delete(em);
    else this.#parents.set(em, parent);
  }

  begun(em: EntityManager, uow: UnitOfWork | undefined, transaction: TransactionKey): void {
    const parent = this.#parents.get(em);
    this.#parents.delete(em);
    if (parent !== undefined && parent !== transaction) this.#settled.nest(transaction, parent);
    const waiting = uow && this.#waiting.get(uow);
    if (uow === undefined || waiting === undefined) return;
    this.#waiting.delete(uow);
    this.#settled.add(transaction, waiting);
  }

  /** Must neither throw nor wait: the caller would see a failed transaction that is committed. */
  committed(transaction: TransactionKey): void {
    const files = this.#settled.commit(transaction);
    this.#finish(files);
    if ('savepointName' in transaction) return;
    this.#shared.committed(files);
    this.#options.committed();
    if (this.#shared.isPartial) void this.#listAgain();
    else this.#shared.forget();
  }

  rolledBack(transaction: TransactionKey): void {
    this.#shared.rolledBack(this.#settled.rollback(transaction));
  }

  /** Nothing of the transaction is left, on the only connection not even what the journal said of it. */
  async afterRollback(transaction: TransactionKey): Promise<void> {
    if (!('savepointName' in transaction) && this.#shared.hasUploads) await this.#listAgain();
  }

  /** Makes pending files stored; the journal is written beside the transaction of the entity manager. */
  async upload(em: EntityManager, requests: readonly UploadRequest[]): Promise<SettledFile[]> {
    const { connections, journalSchema } = this.#options;
    const database = connections.beside(em);
    const isShared = connections.sharesTransaction(em);
    const journal = isShared
      ? this.#shared.journal(database, journalSchema)
      : new Journal(database, journalSchema);
    const locations = isShared ? undefined : this.#options.locations;
    return uploadFiles(requests, { journal, host: this.#options, locations });
  }

  /** Files that a statement has just written: the current transaction decides about them, or they are final. */
  accept(em: EntityManager, settled: readonly SettledFile[]): void {
    const transaction = em.getTransactionContext();
    if (transaction === undefined) this.#finish(settled);
    else this.#settled.add(transaction, settled);
  }

  async reach(point: FailPoint): Promise<void> {
    await reach(this.#options, point, 'before');
  }

  async #store(
    em: EntityManager,
    uow: UnitOfWork,
    changes: readonly ChangedFile[],
  ): Promise<Stored> {
    const stored = this.#stored.get(uow) ?? new Map<FieldFile, ChangedFile>();
    for (const { entity, property } of changes)
      assertOwnSchema(entity, property, this.#options.defaultSchema);
    const written = changes
      .filter((changed) => !isSamePlace(changed, stored.get(changed.slot.file)))
      .map((changed) => ({ changed, file: fileToWrite(changed) }));
    assertOneOwner(written);
    const unsettled = written.filter(
      ({ file }) =>
        fileBinding.pending(file) !== undefined || fileBinding.staged(file) !== undefined,
    );
    if (unsettled.length === 0) return { settled: [], checks: [] };
    const renames = unsettled.flatMap(({ changed }) => renameCheck(changed) ?? []);
    const requests = unsettled.map(({ changed: { entity, property }, file }) => ({
      entity,
      property,
      file,
    }));
    const claims = uploadClaims(
      requests.filter(({ file }) => !this.#claimed.has(file)),
      this.#options.keys,
    );
    const settled = await this.upload(em, requests);
    for (const { changed, file } of unsettled) {
      stored.set(file, changed);
      writePayload(em, changed, file);
    }
    const copies = new Map(settled.map(({ file, staged }) => [file, staged]));
    const taken = claims.map((claim) => ({ ...claim, staged: copies.get(claim.file) }));
    return { settled, checks: [...renames, ...taken] };
  }

  async #check(em: EntityManager, check: RowCheck): Promise<void> {
    const { connections, defaultSchema, journalSchema } = this.#options;
    const database = connections.current(em);
    if (!('ticket' in check)) {
      await assertUnchanged(database, check, defaultSchema);
      return;
    }
    try {
      await claimUpload(check, new Journal(database, journalSchema));
    } catch (error) {
      if (error instanceof UploadRejectedError) await this.#giveUp(em, check);
      throw error;
    }
    if (em.getTransactionContext() === undefined) this.#claimed.add(check.file);
  }

  /** Nobody will take the copy of an upload that somebody else has taken. */
  async #giveUp(em: EntityManager, { staged }: UploadClaim): Promise<void> {
    const { connections, journalSchema } = this.#options;
    // There a rollback takes back what is written now.
    if (staged === undefined || connections.sharesTransaction(em)) return;
    try {
      const journal = new Journal(connections.beside(em), journalSchema);
      await journal.abandon(stagedTickets(staged));
    } catch (error) {
      this.#options.warn(`Cannot give up the copy of an upload: ${String(error)}`);
    }
  }

  async #listAgain(): Promise<void> {
    const { connections, journalSchema, uploadTimeout } = this.#options;
    try {
      await this.#shared.end(new Journal(connections.background(), journalSchema), uploadTimeout);
    } catch (error) {
      this.#options.warn(`Cannot list uploads that were rolled back: ${String(error)}`);
    }
  }

  /** After a flush that failed without a transaction: what its statements wrote is final, the rest pending again. */
  #giveBack(uow: UnitOfWork): void {
    const stored = this.#stored.get(uow);
    for (const settled of this.#waiting.get(uow) ?? []) {
      const changed = stored?.get(settled.file);
      const row = fileBinding.row(settled.file);
      if (changed && row && wasInRow(changed.entity, changed.property, row))
        this.#finish([settled]);
      else unsettleFiles([settled]);
    }
    this.#waiting.delete(uow);
  }

  #finish(files: readonly SettledFile[]): void {
    finishFiles(files, (message) => this.#options.warn(message));
    if (files.length > 0) this.#options.stored(files);
  }
}

interface Stored {
  readonly settled: readonly SettledFile[];
  readonly checks: readonly RowCheck[];
}

/** What has to hold in the transaction that writes a row. */
type RowCheck = RenameCheck | UploadClaim;

/** The tables of one entity (table-per-type inheritance) have property objects of their own. */
function isSamePlace(one: ChangedFile, other: ChangedFile | undefined): boolean {
  return one.entity === other?.entity && one.property.steps.join() === other.property.steps.join();
}
