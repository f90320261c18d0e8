import type { FileRow } from '@filefield/core';

/** A file in a column: the way from the column's value to it. */
export interface PlacedRow {
  /** Keys and indexes; none where the column is the file. */
  readonly way: readonly string[];
  readonly row: FileRow;
}

/**
 * The files in the value of a column, with the way to each.
 *
 * @param path The jsonpath of the field inside its document, as its trigger has it: `$[*]."pic"`.
 */
export function filePlaces(value: unknown, path: string | undefined): PlacedRow[] {
  return placesBelow(value, path === undefined ? [] : stepsOf(path), []);
}

/** A step into an array, whose elements are all meant. */
const each = Symbol('each');

type Step = string | typeof each;

function stepsOf(path: string): Step[] {
  return [...path.matchAll(/\[\*\]|\.("(?:[^"\\]|\\.)*")/g)].map(([, key]) =>
    key === undefined ? each : String(JSON.parse(key)),
  );
}

function placesBelow(
  value: unknown,
  [step, ...rest]: readonly Step[],
  way: readonly string[],
): PlacedRow[] {
  if (step === undefined) return isRow(value) ? [{ way, row: value }] : [];
  if (step !== each) return placesBelow(memberOf(value, step), rest, [...way, step]);
  if (!Array.isArray(value)) return placesBelow(value, rest, way);
  return value.flatMap((item: unknown, index) => placesBelow(item, rest, [...way, String(index)]));
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

function isRow(value: unknown): value is FileRow {
  return ['storage', 'name'].every((key) => typeof memberOf(value, key) === 'string');
}
