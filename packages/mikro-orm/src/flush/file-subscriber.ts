import type {
  EntityName,
  EventArgs,
  EventSubscriber,
  FlushEventArgs,
  TransactionEventArgs,
} from '@mikro-orm/core';
import type { FileFlush } from './file-flush.ts';
import { keepUndefined } from './keep-undefined.ts';

/**
 * Passes MikroORM's events about rows on; what they mean is decided in {@link FileFlush}. Registered after the
 * user's subscribers, so that it sees the files that those assign.
 */
export class FileSubscriber implements EventSubscriber {
  readonly #flush: FileFlush;
  readonly #entities: () => EntityName[];

  /** @param entities The entities with file fields, asked for after discovery. */
  constructor(flush: FileFlush, entities: () => EntityName[]) {
    this.#flush = flush;
    this.#entities = entities;
  }

  getSubscribedEntities(): EntityName[] {
    return this.#entities();
  }

  beforeFlush({ uow }: FlushEventArgs): void {
    keepUndefined(uow);
  }

  async onFlush({ em, uow }: FlushEventArgs): Promise<void> {
    await this.#flush.store(em, uow);
  }

  afterFlush({ uow }: FlushEventArgs): void {
    this.#flush.withoutTransaction(uow);
  }

  /** Entity hooks run before subscribers: what they assigned is stored here. */
  async beforeCreate({ em, changeSet }: EventArgs<object>): Promise<void> {
    if (changeSet !== undefined) await this.#flush.storeLate(em, changeSet);
  }

  async beforeUpdate({ em, changeSet }: EventArgs<object>): Promise<void> {
    if (changeSet !== undefined) await this.#flush.storeLate(em, changeSet);
  }
}

/**
 * Passes MikroORM's events about transactions on. Registered before the user's subscribers: a listener that throws
 * keeps those after it from learning of the commit.
 */
export class TransactionSubscriber implements EventSubscriber {
  readonly #flush: FileFlush;

  constructor(flush: FileFlush) {
    this.#flush = flush;
  }

  beforeTransactionStart({ em, transaction }: TransactionEventArgs): void {
    this.#flush.beginning(em, transaction);
  }

  afterTransactionStart({ em, uow, transaction }: TransactionEventArgs): void {
    if (transaction !== undefined) this.#flush.begun(em, uow, transaction);
  }

  async beforeTransactionCommit(): Promise<void> {
    await this.#flush.reach('before-commit');
  }

  async afterTransactionCommit({ transaction }: TransactionEventArgs): Promise<void> {
    if (transaction !== undefined) this.#flush.committed(transaction);
    await this.#flush.reach('after-commit');
  }

  /** Before, not after: when the connection is lost, no other event comes. */
  beforeTransactionRollback({ transaction }: TransactionEventArgs): void {
    if (transaction !== undefined) this.#flush.rolledBack(transaction);
  }

  async afterTransactionRollback({ transaction }: TransactionEventArgs): Promise<void> {
    if (transaction !== undefined) await this.#flush.afterRollback(transaction);
  }
}
