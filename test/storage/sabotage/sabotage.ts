import type {
  FileSource,
  FileStorage,
  MemoryStorage,
  ReadOptions,
  SaveOptions,
} from '@filefield/core';

/** A wrong storage, and the sentences of the contract that are not true of it. */
export interface Sabotage {
  readonly title: string;
  readonly breaks: readonly string[];
  /** Breaks a storage on purpose. */
  readonly sabotage: (storage: MemoryStorage) => FileStorage;
}

type Save = FileStorage['save'];
type Open = FileStorage['open'];

/** Replaces `save`. */
export function saving<Storage extends FileStorage>(
  storage: Storage,
  sabotaged: (save: Save, ...args: Parameters<Save>) => ReturnType<Save>,
): Storage {
  const save: Save = storage.save.bind(storage);
  return Object.assign(storage, {
    save: (name: string, source: FileSource, options?: SaveOptions) =>
      sabotaged(save, name, source, options),
  });
}

/** Replaces `open`. */
export function opening<Storage extends FileStorage>(
  storage: Storage,
  sabotaged: (open: Open, ...args: Parameters<Open>) => ReturnType<Open>,
): Storage {
  const open: Open = storage.open.bind(storage);
  return Object.assign(storage, {
    open: (name: string, options?: ReadOptions) => sabotaged(open, name, options),
  });
}
