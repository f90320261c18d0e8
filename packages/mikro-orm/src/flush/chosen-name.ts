import { uniqueName } from '@filefield/core';
import { availableName, isRereadable, type PendingFile } from '@filefield/core/binding';
import { contextOf, type FileProperty } from '../discovery/file-property.ts';
import type { FileFieldSettings } from '../field/file-field-options.ts';
import type { Journal } from '../journal/journal.ts';

/** Answers for one field whether a name is free. */
export type IsFree = (property: FileProperty) => (name: string) => Promise<boolean>;

/** Bytes for `.v/` and the file of a variant, whose name has 64 characters at most. */
const variantBytes = 128;

/**
 * The name of an upload. A source that is read once cannot try a second name, so it has a suffix from the start.
 */
export async function chosenName(
  path: string,
  { origin }: PendingFile,
  { naming, maxLength, image }: FileFieldSettings,
  isFree: (name: string) => Promise<boolean>,
): Promise<string> {
  const limits = { maxLength, spare: image === undefined ? 0 : variantBytes };
  if (naming === 'unique') return uniqueName(path, limits);
  const isOnce = origin.kind === 'source' && !isRereadable(origin.source);
  return availableName(path, {
    ...limits,
    isFree: async (name) => !(isOnce && name === path) && (await isFree(name)),
  });
}

/** A name in the journal, in any state, is not free: its object may be on its way in or out. */
export function freeNames(journal: Journal): IsFree {
  const given = new Set<string>();
  return (property) => async (name) => {
    const { storage: alias } = property.type.settings;
    const storage = contextOf(property).storage(alias);
    const key = storage.location + name;
    if (given.has(key) || (await storage.exists(name))) return false;
    if ((await journal.listed(alias, [name])).size > 0) return false;
    given.add(key);
    return true;
  };
}
