import { FieldFile, type FileRow } from '@filefield/core';
import { fileBinding, type FileContext } from '@filefield/core/binding';
import { Utils, type CacheAdapter } from '@mikro-orm/core';

/** A file as a result cache keeps it; survives JSON. */
interface CachedFile {
  readonly [tag]: FileRow;
  /** `Entity.property`. */
  readonly field?: string | undefined;
}

const tag = '$filefield';
const patched = new WeakSet<object>();

/**
 * Lets files live in a result cache that serialises to JSON: it is given their rows, and what it answers becomes files
 * again. A result with a file that is not stored yet is not cached at all.
 *
 * @param contextOf The way from a field to its storages; no field where the file belongs to none.
 */
export function cacheFiles(
  adapter: CacheAdapter,
  contextOf: (field: string | undefined) => FileContext,
): void {
  if (patched.has(adapter)) return;
  patched.add(adapter);
  const get = adapter.get.bind(adapter);
  const set = adapter.set.bind(adapter);
  adapter.get = async (name, origin) =>
    replaced(await get(name, origin), (value) => revived(value, contextOf));
  adapter.set = (name, data, origin, expiration) => {
    let isStored = true;
    const rows: unknown = replaced(data, (value) => {
      if (!(value instanceof FieldFile)) return undefined;
      isStored &&= !value.isPending && fileBinding.staged(value) === undefined;
      return cached(value);
    });
    return isStored ? set(name, rows, origin, expiration) : undefined;
  };
}

function cached(file: FieldFile): CachedFile {
  return { [tag]: fileBinding.row(file) as FileRow, field: fileBinding.context(file)?.field };
}

function revived(
  value: object,
  contextOf: (field: string | undefined) => FileContext,
): FieldFile | undefined {
  if (!(tag in value)) return undefined;
  const { [tag]: row, field } = value as CachedFile;
  return fileBinding.hydrate(row, contextOf(field));
}

/** The same value with some objects inside replaced; what holds none of them is not copied. */
function replaced<T>(value: T, replace: (value: object) => object | undefined): T;
function replaced(value: unknown, replace: (value: object) => object | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const other = replace(value);
  if (other !== undefined) return other;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => replaced(item, replace));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!Utils.isPlainObject(value)) return value;
  const entries = Object.entries(value).map(
    ([key, inner]) => [key, replaced(inner, replace)] as const,
  );
  const isSame = entries.every(([key, inner]) => inner === Reflect.get(value, key));
  return isSame ? value : Object.fromEntries(entries);
}
