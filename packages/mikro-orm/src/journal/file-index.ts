import type { FileColumn } from './file-column.ts';
import type { FileTable } from './file-triggers.ts';
import { identifier, literal, qualified, shortHash } from './sql-text.ts';

/**
 * The hash index that answers "does a row reference this name?" for one file column. A column that holds JSON
 * documents around its files has none: the worker reads such tables once per batch.
 */
export function fileIndex(
  { schema = 'public', name }: FileTable,
  { column, path, storage }: FileColumn,
): { name: string; expression: string } | undefined {
  if (path !== undefined) return undefined;
  const value =
    storage === undefined ? `(${identifier(column)} ->> ${literal('name')})` : identifier(column);
  // The table is part of the hash: names of indexes are unique in a schema.
  const index = `filefield_${shortHash(`${schema}.${name}.${value}`)}`;
  return {
    name: index,
    expression: `create index ${identifier(index)} on ${qualified(schema, name)} using hash (${value})`,
  };
}
