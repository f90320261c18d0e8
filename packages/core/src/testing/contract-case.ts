import type { FileStorage, StorageCapabilities } from '../file-storage.ts';

/** A capability that a case of the contract needs. */
export type ContractNeed =
  | Exclude<keyof StorageCapabilities, 'conditionalWrite'>
  | `conditionalWrite.${keyof StorageCapabilities['conditionalWrite']}`;

/** One sentence of the storage contract, and how to find out whether it is true. */
export interface ContractCase {
  /** A fact in the present tense. */
  readonly title: string;
  /** Storages without it need not keep the sentence; see {@link meetsNeeds}. */
  readonly needs?: ContractNeed | undefined;
  /** Rejects when the sentence is not true. Wants a storage that holds nothing, and may leave objects. */
  readonly run: (storage: FileStorage) => Promise<void>;
}

/** Whether a storage has the capability that a case needs. */
export function meetsNeeds(storage: FileStorage, { needs }: ContractCase): boolean {
  if (needs === undefined) return true;
  const { conditionalWrite, normalizing = false, ...flags } = storage.capabilities;
  return {
    ...flags,
    normalizing,
    'conditionalWrite.put': conditionalWrite.put,
    'conditionalWrite.complete': conditionalWrite.complete,
    'conditionalWrite.copy': conditionalWrite.copy,
  }[needs];
}
