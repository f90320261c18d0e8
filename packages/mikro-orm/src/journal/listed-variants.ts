/** How SQL reads the variants that a value lists. */
export interface ListedVariants {
  /** For the FROM clause, behind what the value comes from: one row `e.v` for each entry. */
  readonly from: string;
  /** The name of the entry's object; null where it has none. */
  readonly name: string;
}

/**
 * SQL for the variants that a `jsonb` value lists, one place for the triggers and all who judge by what they wrote: an object
 * of entries with names is a list, whatever else is written there lists nothing.
 *
 * @param value The value, as an expression.
 */
export function listedVariants(value: string): ListedVariants {
  const list = `${value} -> 'variants'`;
  return {
    from: `pg_catalog.jsonb_each(case pg_catalog.jsonb_typeof(${list}) when 'object' then ${list} end) e (k, v)`,
    name: `nullif(${value} ->> 'name', '') || '.v/' || nullif(e.v ->> 'name', '')`,
  };
}

/** The names of originals of which a name may be a variant: `x` of `x.v/thumb.webp`. */
export function possibleOriginals(name: string): string[] {
  const separator = '.v/';
  const found: string[] = [];
  for (let at = name.indexOf(separator); at > 0; at = name.indexOf(separator, at + 1)) {
    found.push(name.slice(0, at));
  }
  return found;
}
