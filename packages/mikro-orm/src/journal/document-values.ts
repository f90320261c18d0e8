/** A file in a JSON document, as {@link documentValues} calls it: qualified, since a table may have a column of any name. */
export const documentValue = 'doc.j';

/**
 * SQL for the FROM clause: one row for each file in a document.
 *
 * @param document The document, as an expression. @param path A jsonpath, as an expression.
 */
export function documentValues(document: string, path: string): string {
  return `pg_catalog.jsonb_path_query(${document}, ${path}) doc (j)`;
}
