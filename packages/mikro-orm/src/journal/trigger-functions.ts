import type { FileColumn } from './file-column.ts';
import {
  journaledBytes,
  journalTable,
  prefix,
  reclaimedConstraint,
  variantWorkTable,
} from './journal-names.ts';
import { listedVariants } from './listed-variants.ts';
import { identifier, literal, qualified, shortHash } from './sql-text.ts';
import { documentValue, documentValues } from './document-values.ts';

/** A function that a file trigger calls: its name says its text, so equal columns of many tables share it. */
export interface TriggerFunction {
  /** Schema and name, quoted. */
  readonly name: string;
  /** Creates it and takes it away from PUBLIC. */
  readonly ddl: string;
}

/** The four statements that a file trigger follows. */
export type TriggerKind = 'ins' | 'upd' | 'del' | 'trunc';

/** The trigger functions of a table with these file columns, one for each kind of statement. */
export function triggerFunctions(
  columns: readonly FileColumn[],
  { journalSchema, grace }: { journalSchema: string; grace: string },
): Record<TriggerKind, TriggerFunction> {
  const journal = qualified(journalSchema, journalTable);
  const release = (keep: boolean): string =>
    keep
      ? `'kept', 'infinity'::timestamptz`
      : `'released', pg_catalog.now() + ${literal(grace)}::interval`;
  const bodies: Record<TriggerKind, string> = {
    ins: insertBody(columns, journal, journalSchema),
    upd: updateBody(columns, journal, journalSchema, release),
    del: deleteBody(columns, journal, release),
    trunc: truncateBody(columns, journal, release),
  };
  const create = (kind: TriggerKind): TriggerFunction =>
    triggerFunction(kind, bodies[kind], journalSchema);
  return { ins: create('ins'), upd: create('upd'), del: create('del'), trunc: create('trunc') };
}

// Plans are cached for the session: made once and without parameters, they must be right for one row and for 100,000,
// on a journal that was empty when they were made.
const plans = ' set plan_cache_mode = force_generic_plan set enable_seqscan = off';
const settings: Record<TriggerKind, string> = {
  ins: plans,
  upd: plans,
  del: '',
  // TRUNCATE reads the table itself: better to fail than to lose the files that a policy hides from its owner.
  trunc: ' set row_security = off',
};

function triggerFunction(kind: TriggerKind, body: string, schema: string): TriggerFunction {
  const text = [
    `returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp${settings[kind]} as $fn$`,
    body,
    '$fn$',
  ].join('\n');
  const name = qualified(schema, `${prefix}${kind}_${shortHash(text)}`);
  const ddl = `create or replace function ${name}() ${text};\nrevoke all on function ${name}() from public`;
  return { name, ddl };
}

/** Whether an alias and a name may be those of an object. */
const isObject = `s <> '' and n <> '' and pg_catalog.octet_length(s) <= ${journaledBytes} and pg_catalog.octet_length(n) <= ${journaledBytes}`;

function insertBody(
  columns: readonly FileColumn[],
  journal: string,
  journalSchema: string,
): string {
  return `declare new_s text[]; new_n text[]; new_o boolean[]; guards bigint[];
begin
  select pg_catalog.array_agg(s), pg_catalog.array_agg(n), pg_catalog.array_agg(o) into new_s, new_n, new_o
    from (${files('file_new', columns)}) f (s, n, o) where ${isObject};
  ${asksForVariants(columns, journalSchema, 'insert')}${claim(journal, columns)}
  return null;
end`;
}

function updateBody(
  columns: readonly FileColumn[],
  journal: string,
  journalSchema: string,
  release: (keep: boolean) => string,
): string {
  return `declare new_s text[]; new_n text[]; new_o boolean[]; old_s text[]; old_n text[]; guards bigint[];
begin
  select pg_catalog.array_agg(s) filter (where c > 0), pg_catalog.array_agg(n) filter (where c > 0), pg_catalog.array_agg(o) filter (where c > 0),
      pg_catalog.array_agg(s) filter (where c < 0 and o), pg_catalog.array_agg(n) filter (where c < 0 and o)
    into new_s, new_n, new_o, old_s, old_n
    from (select s, n, o, pg_catalog.sum(c) c
      from (${files('file_new', columns, '1')} union all ${files('file_old', columns, '-1')}) f (s, n, o, c)
      where ${isObject} group by s, n, o having pg_catalog.sum(c) <> 0) d;
  if old_n is not null then
    ${byKeep(
      columns,
      'keepOnReplace',
      (rows, keep) =>
        // A full join is never a nested loop over two long lists; a filter on "x" alone would make it an inner one.
        `insert into ${journal} (${releasedColumns}) select f.s, f.n, ${release(keep)}, f.v from (${rows}) f (s, n, o, v)
      full join unnest(old_s, old_n) x (s, n) on x.s = f.s and x.n = f.n where case when f.o then x.n is not null else false end`,
    )}
  end if;
  ${asksForVariants(columns, journalSchema, 'update')}${claim(journal, columns)}
  return null;
end`;
}

function deleteBody(
  columns: readonly FileColumn[],
  journal: string,
  release: (keep: boolean) => string,
): string {
  return `begin
  ${byKeep(columns, 'keepOnDelete', (rows, keep) => releaseRows(journal, rows, release(keep)))}
  return null;
end`;
}

/** Tolerates that a column is gone: the trigger outlives the table's last file field. */
function truncateBody(
  columns: readonly FileColumn[],
  journal: string,
  release: (keep: boolean) => string,
): string {
  const source = '\u0000';
  const releases = columns.flatMap((column) =>
    parted([column], 'keepOnDelete', source).map(({ rows, keep }) =>
      releaseRows(journal, rows, release(keep)),
    ),
  );
  const statements = releases.map((sql) => {
    const concatenated = sql.split(source).map(literal).join(' || truncated || ');
    return `begin execute ${concatenated};
  exception when undefined_column or undefined_function or datatype_mismatch then null;
  end;`;
  });
  return `declare truncated text := pg_catalog.quote_ident(tg_table_schema) || '.' || pg_catalog.quote_ident(tg_table_name);
begin
  ${statements.join('\n  ')}
  return null;
end`;
}

/** What is asked of each file besides (storage, name, owned): a sign, or the value for the journal. */
type Extra = '1' | '-1' | 'value';

/** Every file of a table, and every variant that its values list, as (storage, name, owned) and what else is asked for. */
function files(source: string, columns: readonly FileColumn[], extra?: Extra): string {
  return [...originals(source, columns, extra), ...variants(source, columns, extra)].join(
    ' union all ',
  );
}

function originals(source: string, columns: readonly FileColumn[], extra?: Extra): string[] {
  const last = (value: string): string =>
    extra === undefined ? '' : `, ${extra === 'value' ? value : extra}`;
  const json = (value: string): string =>
    `${value} ->> 'storage', ${value} ->> 'name', ${owns(value)}${last(value)}`;
  return columns.map(({ column, path, storage, default: shared }) => {
    // Qualified: a column may be called "old" or "new", which PL/pgSQL takes for its own.
    const quoted = `t.${identifier(column)}`;
    if (storage !== undefined) {
      const owned = shared === undefined ? 'true' : `${quoted}::text <> ${literal(shared)}`;
      const value = `pg_catalog.jsonb_build_object('storage', ${literal(storage)}::text, 'name', ${quoted}::text)`;
      return `select ${literal(storage)}::text, ${quoted}::text, ${owned}${last(value)} from ${source} t where ${quoted} is not null`;
    }
    if (path !== undefined) {
      return `select ${json(documentValue)} from ${source} t, ${documentValues(quoted, literal(path))} where pg_catalog.jsonb_typeof(${documentValue}) = 'object'`;
    }
    return `select ${json(quoted)} from ${source} t where ${quoted} is not null`;
  });
}

/** A variant is an object like any other, whose name is its original's and its own; whatever else is written there is none. */
function variants(source: string, columns: readonly FileColumn[], extra?: Extra): string[] {
  const listing = columns.filter((column) => column.variants !== undefined);
  return listing.map((column) => {
    const { value, from } = fileValues(source, column);
    const { name, from: entries } = listedVariants(value);
    const row = `pg_catalog.jsonb_build_object('storage', ${value} ->> 'storage', 'name', ${name}, 'size', e.v -> 'size')`;
    const last = extra === undefined ? '' : `, ${extra === 'value' ? row : extra}`;
    return `select ${value} ->> 'storage', ${name}, ${owns(value)}${last} from ${from}, ${entries}`;
  });
}

/** Where the JSON values of a column come from, and how one of them is called there. */
function fileValues(
  source: string,
  { column, path }: FileColumn,
): { readonly value: string; readonly from: string } {
  const quoted = `t.${identifier(column)}`;
  if (path === undefined) return { value: quoted, from: `${source} t` };
  return {
    value: documentValue,
    from: `${source} t, ${documentValues(quoted, literal(path))}`,
  };
}

function owns(value: string): string {
  return `(${value} ->> 'owned') is distinct from 'false'`;
}

/** Statements that write the files down as released, or as held. A variant never is: it can be made again. */
function byKeep(
  columns: readonly FileColumn[],
  option: 'keepOnDelete' | 'keepOnReplace',
  statement: (rows: string, keep: boolean) => string,
): string {
  return parted(columns, option, 'file_old')
    .map(({ rows, keep }) => `${statement(rows, keep)};`)
    .join('\n    ');
}

function parted(
  columns: readonly FileColumn[],
  option: 'keepOnDelete' | 'keepOnReplace',
  source: string,
): { readonly rows: string; readonly keep: boolean }[] {
  const reclaimed = columns.filter((column) => column[option] !== true);
  const kept = columns.filter((column) => column[option] === true);
  return [
    {
      selects: [...originals(source, reclaimed, 'value'), ...variants(source, columns, 'value')],
      keep: false,
    },
    { selects: originals(source, kept, 'value'), keep: true },
  ]
    .filter(({ selects }) => selects.length > 0)
    .map(({ selects, keep }) => ({ rows: selects.join(' union all '), keep }));
}

/**
 * Writes down whose variants are to be made: what is new and lists none, or listed some until a whole value was written
 * over it. A name may be written down twice, because a unique index would let statements wait for each other.
 */
function asksForVariants(
  columns: readonly FileColumn[],
  journalSchema: string,
  event: 'insert' | 'update',
): string {
  const work = qualified(journalSchema, variantWorkTable);
  const statements = columns
    .filter((column) => column.variants === 'made')
    .map((column) => {
      const lacking = (source: string): string => {
        const { value, from } = fileValues(source, column);
        return `select ${value} ->> 'storage' s, ${value} ->> 'name' n from ${from} where ${owns(value)} and pg_catalog.jsonb_typeof(${value} -> 'variants') is distinct from 'object'`;
      };
      const rows =
        event === 'insert'
          ? lacking('file_new')
          : `${lacking('file_new')} except ${lacking('file_old')}`;
      return `insert into ${work} (schema_name, table_name, column_name, storage, name) select tg_table_schema, tg_table_name, ${literal(column.column)}, s, n from (${rows}) f where ${isObject};
  `;
    });
  return statements.join('');
}

const releasedColumns = 'storage, name, reason, due_at, value';

function releaseRows(journal: string, rows: string, release: string): string {
  return `insert into ${journal} (${releasedColumns}) select s, n, ${release}, v from (${rows}) f (s, n, o, v) where o and ${isObject}`;
}

/**
 * Takes new names off the journal, one by one: this is the fastest for one, and no plan can go wrong for many. The
 * second look sees what was leased while the first waited; a name that is not owned is locked instead, so that it waits
 * for a lease too. Above READ COMMITTED the snapshot may be older than a lease: the unique index is not.
 * Of variants, which several may be making at once, one row of those who announced them stays: whoever is killed then
 * leaves no unfinished file that nothing lists.
 */
function claim(journal: string, columns: readonly FileColumn[]): string {
  const one = 'j.name = new_n[i] and j.storage = new_s[i]';
  const gone = `delete from ${journal} j where ${one} and j.state = 0`;
  const released = columns.some(({ variants: listed }) => listed !== undefined)
    ? `with gone as (${gone} returning j.due_at, j.reason)
        insert into ${journal} (storage, name, reason, due_at) select new_s[i], new_n[i], 'upload', pg_catalog.max(due_at) from gone
          where reason = 'upload' and new_n[i] like '%.v/%' having pg_catalog.count(*) > 1`
    : gone;
  return `if new_n is null then return null; end if;
  for i in 1 .. pg_catalog.cardinality(new_n) loop
    if new_o[i] then
      ${released};
    else
      perform from ${journal} j where ${one} and j.state = 0 for share;
    end if;
    if exists (select from ${journal} j where ${one} and j.state > 0) then
      raise exception 'a file that this statement references has been reclaimed' using errcode = 'foreign_key_violation',
        detail = pg_catalog.format('Object %s in storage %s.', new_n[i], new_s[i]),
        constraint = '${reclaimedConstraint}', schema = tg_table_schema, table = tg_table_name;
    end if;
  end loop;
  if pg_catalog.current_setting('transaction_isolation') in ('repeatable read', 'serializable') then
    with guard as (
        insert into ${journal} (storage, name, state, due_at)
          select distinct s, n, 1, 'infinity'::timestamptz from unnest(new_s, new_n) x (s, n) order by s, n returning id)
      select pg_catalog.array_agg(id) into guards from guard;
    delete from ${journal} j where j.id = any (guards);
  end if;`;
}
