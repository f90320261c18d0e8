import type { EntityMetadata } from '@mikro-orm/core';
import { fileProperties } from './file-property.ts';

type Condition = Readonly<Record<string, unknown>>;

/** The part of a driver that turns cursors into conditions. */
interface CursorDriver {
  createCursorCondition(
    definition: unknown,
    offsets: unknown,
    inverse: boolean,
    meta: EntityMetadata,
    ...more: readonly unknown[]
  ): Condition;
}

const patched = new WeakSet<object>();

/**
 * Lets cursors go by keys of files that may be empty. MikroORM writes `{ file: { $or: [{ size }, { size: null }] } }`,
 * and refuses group operators inside JSON columns itself.
 */
export function cursorsByFile(driver: object): void {
  if (patched.has(driver) || !hasCursors(driver)) return;
  patched.add(driver);
  const original = driver.createCursorCondition.bind(driver);
  driver.createCursorCondition = (definition, offsets, inverse, meta, ...more) => {
    const condition = original(definition, offsets, inverse, meta, ...more);
    const files = new Set(fileProperties(meta).map(({ prop }) => prop.name));
    const never = { [meta.primaryKeys[0] ?? '']: [] };
    return lifted(condition, (key) => files.has(key), never);
  };
}

function hasCursors(driver: object): driver is CursorDriver {
  return 'createCursorCondition' in driver && typeof driver.createCursorCondition === 'function';
}

/** The same condition with groups outside of files: `{ $or: [{ file: { size } }, { file: { size: null } }] }`. */
function lifted(
  condition: Condition,
  isFile: (key: string) => boolean,
  never: Condition,
): Condition {
  const parts = Object.entries(condition).map(([key, value]) => part(key, value));
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { $and: parts };

  function part(key: string, value: unknown): Condition {
    if (isGroup(key) && Array.isArray(value)) {
      return { [key]: value.map((inner: Condition) => lifted(inner, isFile, never)) };
    }
    if (!isFile(key) || typeof value !== 'object' || value === null) return { [key]: value };
    const [inner, ...others] = Object.entries(value);
    if (inner === undefined || others.length > 0) return { [key]: value };
    const [innerKey, innerValue] = inner as [string, unknown];
    if (!Array.isArray(innerValue)) return { [key]: value };
    // An empty list says that nothing can follow; inside JSON it becomes broken SQL.
    if (innerValue.length === 0) return never;
    if (!isGroup(innerKey)) return { [key]: value };
    return { [innerKey]: innerValue.map((each) => part(key, each)) };
  }
}

function isGroup(key: string): boolean {
  return key === '$or' || key === '$and';
}
