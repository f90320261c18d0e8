import type { FileColumn } from './file-column.ts';
import { prefix } from './journal-names.ts';
import { literal } from './sql-text.ts';
import type { TriggerKind } from './trigger-functions.ts';

/** SQL for the columns in the argument of the trigger `t`: a set of `c.value`. */
export const columnsOfTrigger = `pg_catalog.jsonb_array_elements(pg_catalog.convert_from(pg_catalog.substring(t.tgargs, 1, pg_catalog.octet_length(t.tgargs) - 1), 'UTF8')::jsonb -> 'columns') c`;

/**
 * Drops the triggers of this kind that a table had before. MikroORM does so itself, but for `schema:update --safe` and
 * `ignoreTriggers`: there the older ones would list every file twice, with the older grace, and fail for columns that
 * were renamed. One that follows a column which is there still, and which the new one does not follow, stays.
 *
 * @param table Quoted and qualified.
 */
export function dropsOlder(
  kind: TriggerKind,
  table: string,
  triggerName: string,
  columns: readonly FileColumn[],
): string {
  const followed = JSON.stringify(columns.map(({ column, path = null }) => ({ column, path })));
  const isUnfollowed = [
    `from ${columnsOfTrigger} join pg_catalog.pg_attribute a on a.attrelid = t.tgrelid and a.attname = c.value ->> 'column' and not a.attisdropped`,
    `where not ${literal(followed)}::jsonb @> pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('column', c.value -> 'column', 'path', c.value -> 'path'))`,
  ].join(' ');
  const body = [
    'declare older text;',
    'begin',
    'for older in select t.tgname from pg_catalog.pg_trigger t',
    `where t.tgrelid = ${literal(table)}::pg_catalog.regclass and t.tgname ~ ${literal(`^${prefix}${kind}_`)} and t.tgname <> ${literal(triggerName)} and t.tgnargs = 1`,
    `and not exists (select ${isUnfollowed})`,
    `loop execute pg_catalog.format(${literal(`drop trigger %I on ${table.replaceAll('%', '%%')}`)}, older);`,
    'end loop;',
    'end',
  ];
  return `do $do$ ${body.join(' ')} $do$`;
}
