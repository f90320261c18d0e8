import { unlink } from 'node:fs/promises';
import { fileBinding, PathSource } from '@filefield/core/binding';
import type { SettledFile } from './upload-files.ts';

/** A transaction as MikroORM hands it to listeners; savepoints are transactions of their own. */
export type TransactionKey = object;

/**
 * Files that were settled in a transaction that is still open: a rollback, also of a savepoint, makes exactly its own
 * files pending again, the outermost commit makes all of them final.
 */
export class SettledFiles {
  readonly #files = new WeakMap<TransactionKey, SettledFile[]>();
  readonly #parents = new WeakMap<TransactionKey, TransactionKey>();
  readonly #rolledBack = new WeakMap<TransactionKey, readonly SettledFile[]>();

  /** A savepoint belongs to the transaction that it was made in. */
  nest(savepoint: TransactionKey, parent: TransactionKey): void {
    this.#parents.set(savepoint, parent);
  }

  add(transaction: TransactionKey, files: readonly SettledFile[]): void {
    this.#files.set(transaction, [...(this.#files.get(transaction) ?? []), ...files]);
  }

  /** @returns Files that are final now: none for a savepoint, which hands its files on. */
  commit(transaction: TransactionKey): readonly SettledFile[] {
    const files = this.#take(transaction);
    const parent = this.#parents.get(transaction);
    if (parent === undefined) return files;
    this.add(parent, files);
    return [];
  }

  rollback(transaction: TransactionKey): void {
    const files = this.#take(transaction);
    unsettleFiles(files);
    const root = this.#root(transaction);
    this.#rolledBack.set(root, [...(this.#rolledBack.get(root) ?? []), ...files]);
  }

  /** @returns The files that were rolled back in an outermost transaction, or in a savepoint of it; once. */
  takeRolledBack(outermost: TransactionKey): readonly SettledFile[] {
    const files = this.#rolledBack.get(outermost) ?? [];
    this.#rolledBack.delete(outermost);
    return files;
  }

  #root(transaction: TransactionKey): TransactionKey {
    const parent = this.#parents.get(transaction);
    return parent === undefined ? transaction : this.#root(parent);
  }

  #take(transaction: TransactionKey): readonly SettledFile[] {
    const files = this.#files.get(transaction) ?? [];
    this.#files.delete(transaction);
    return files;
  }
}

/** Makes files pending again; their uploads stay staged. */
export function unsettleFiles(files: readonly SettledFile[]): void {
  for (const { file, staged } of files) fileBinding.unsettle(file, staged);
}

/** Forgets the sources of files that a commit made final, and removes those that were to be moved. Never throws, never waits. */
export function finishFiles(files: readonly SettledFile[], warn: (message: string) => void): void {
  for (const { file } of files) {
    const pending = fileBinding.finish(file);
    if (pending?.origin.kind !== 'source' || !(pending.origin.source instanceof PathSource)) continue;
    const { source } = pending.origin;
    if (!source.release(pending.id)) continue;
    unlink(source.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') warn(`Cannot remove the source of "${file.name}": ${error.code}`);
    });
  }
}
