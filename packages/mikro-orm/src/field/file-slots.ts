import { FieldFile } from '@filefield/core';
import { Utils } from '@mikro-orm/core';

/** One place that holds a file: a property of an entity, of an embeddable, or of an element of an array of them. */
export interface FileSlot {
  readonly file: FieldFile;
  replace(file: FieldFile): void;
}

/** The places below an object that hold a file, along the names of its steps. */
export function fileSlots(owner: object, steps: readonly string[]): FileSlot[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [];
  const holder = owner as Record<string, unknown>;
  const value = holder[step];
  if (rest.length > 0) return elements(value).flatMap((element) => fileSlots(element, rest));
  if (value instanceof FieldFile) {
    return [{ file: value, replace: (file) => void (holder[step] = file) }];
  }
  if (!Utils.isScalarReference(value)) return [];
  const file: unknown = value.unwrap();
  if (!(file instanceof FieldFile)) return [];
  return [{ file, replace: (next) => value.set(next) }];
}

function elements(value: unknown): object[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((element) => typeof element === 'object' && element !== null);
}
