import type { FileColumn } from '../journal/file-column.ts';
import { literal } from '../journal/sql-text.ts';
import { identifier } from '../worker/references.ts';
import { documentValue, documentValues } from '../journal/document-values.ts';

/** A step from the column to the file inside a document: a key, or into each element of an array. */
type Step = { readonly key: string } | 'each';

/** The steps of a path such as `$[*]."pic"`; `undefined` where it is of another kind. */
export function stepsOf(path: string): Step[] | undefined {
  const step = /\[\*\]|\.("(?:[^"\\]|\\.)*")/gy;
  const steps: Step[] = [];
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const found = step.exec(path);
    if (found === null) return undefined;
    const [, key] = found;
    steps.push(key === undefined ? 'each' : { key: String(JSON.parse(key)) });
  }
  return path.startsWith('$') ? steps : undefined;
}

/**
 * The statement that replaces the alias in the values of a column whose names are asked for, where they still have the
 * older one, and touches nothing else in the document but the list of variants: these are made again where their original
 * is now, and the triggers release the others. Parameters: alias, next alias, names as JSON. Answers the `names` that each row
 * had switched.
 */
export function switchSql(
  { schema, table }: { readonly schema: string; readonly table: string },
  { column, path = '$', variants }: FileColumn,
): string {
  const kept = (value: string): string =>
    variants === undefined ? value : `${value} - 'variants'`;
  const value = `t.${identifier(column)}`;
  const steps = stepsOf(path) ?? [];
  const values = documentValues(value, `${placeholderSafe(path)}::jsonpath`);
  // The index on the name of a plain column is found by this condition.
  const isHit =
    path === '$'
      ? matches(value)
      : `exists (select from ${values} where ${matches(documentValue)})`;
  const names = `array(select ${documentValue} ->> 'name' from ${values} where ${documentValue} ->> 'storage' = ${next} and ${documentValue} ->> 'name' = any (${wantedNames}))`;
  return `with asked as materialized (select ?::text as alias, ?::text as next, array(select pg_catalog.jsonb_array_elements_text(?::jsonb)) as names)
    update ${identifier(schema)}.${identifier(table)} t set ${identifier(column)} = ${switched(value, steps, kept)}
    where ${value} is not null and ${isHit} returning pg_catalog.array_to_json(${names})::text as "names"`;
}

const alias = '(select alias from asked)';
const next = '(select next from asked)';
const wantedNames = '(select names from asked)::text[]';

function matches(value: string): string {
  return `${value} ->> 'name' = any (${wantedNames}) and ${value} ->> 'storage' = ${alias}`;
}

function switched(
  value: string,
  [step, ...rest]: readonly Step[],
  kept: (value: string) => string,
  depth = 0,
): string {
  if (step === undefined) {
    return `case when ${matches(value)} then pg_catalog.jsonb_set(${kept(value)}, '{storage}', pg_catalog.to_jsonb(${next})) else ${value} end`;
  }
  if (step === 'each') {
    const one = `e${depth}`;
    return `case when pg_catalog.jsonb_typeof(${value}) = 'array' then (
      select coalesce(pg_catalog.jsonb_agg(${switched(`${one}.v`, rest, kept, depth + 1)} order by ${one}.i), '[]')
      from pg_catalog.jsonb_array_elements(${value}) with ordinality ${one} (v, i)) else ${value} end`;
  }
  const key = placeholderSafe(step.key);
  const inner = `(${value} -> ${key})`;
  return `case when ${inner} is not null then pg_catalog.jsonb_set(${value}, array[${key}], ${switched(inner, rest, kept, depth)}) else ${value} end`;
}

/** A bare question mark would be a placeholder. */
function placeholderSafe(text: string): string {
  return literal(text).replaceAll('?', String.raw`\?`);
}
