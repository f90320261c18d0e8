import { journaledBytes, journalTable } from './journal-names.ts';
import { literal, qualified } from './sql-text.ts';

/**
 * The statements that create what an application's role may call, each function followed by its REVOKE.
 * Signatures never change: a change of meaning gets a new name, so that the rights granted on a function stay right.
 *
 * @param schema The journal's schema.
 */
export function journalFunctions(schema: string): string[] {
  return journalRoutines(schema).flatMap(({ signature, returns, body }) => [
    `create or replace function ${signature} returns ${returns} language plpgsql security definer set search_path = pg_catalog, pg_temp as $fn$${functionText(body)}$fn$`,
    `revoke all on function ${signature} from public`,
  ]);
}

/** Schema, name and parameters of every function that an application's role may call. */
export function journalSignatures(schema: string): string[] {
  return journalRoutines(schema).map(({ signature }) => signature);
}

/** The text of every such function as the catalog keeps it, by its name. */
export function journalTexts(schema: string): Map<string, string> {
  const names = (signature: string): string => /"(filefield_\w+)"\(/.exec(signature)?.[1] ?? '';
  return new Map(
    journalRoutines(schema).map(({ signature, body }) => [names(signature), functionText(body)]),
  );
}

interface JournalRoutine {
  readonly signature: string;
  readonly returns: string;
  readonly body: string;
}

function journalRoutines(schema: string): JournalRoutine[] {
  const journal = qualified(schema, journalTable);
  const signature = (name: string, parameters: string): string =>
    `${qualified(schema, `filefield_${name}`)}(${parameters})`;
  return [
    {
      signature: signature('schedule', 'entries jsonb, due interval'),
      returns: 'jsonb',
      // A lost row here is a lost object after a crash, whatever the role's own setting is.
      body: `declare result jsonb; wrong boolean; ids regclass := pg_catalog.pg_get_serial_sequence(${literal(journal)}, 'id');
begin
  perform pg_catalog.set_config('synchronous_commit', 'on', true);
  with entry as materialized (
      select pg_catalog.nextval(ids) id, e.*, storage is null or storage = '' or name is null or name = '' or reason is null or reason not in ('upload', 'copy', 'direct', 'orphan')
        or pg_catalog.octet_length(storage) > ${journaledBytes} or pg_catalog.octet_length(name) > ${journaledBytes} wrong
        from rows from (pg_catalog.jsonb_to_recordset(entries) as (storage text, location text, name text, "uploadId" text, reason text)) with ordinality e),
    added as (
      insert into ${journal} (id, storage, location, name, upload_id, reason, due_at)
        select id, storage, location, name, "uploadId", reason, pg_catalog.now() + due from entry where not entry.wrong order by ordinality)
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('id', id::text, 'name', name, 'dueAt', pg_catalog.now() + due) order by ordinality), pg_catalog.bool_or(entry.wrong)
      into result, wrong from entry;
  if wrong then
    raise exception 'cannot schedule: storage and name of at most ${journaledBytes} bytes and a reason (upload, copy, direct, orphan) are needed' using errcode = 'invalid_parameter_value';
  end if;
  return coalesce(result, '[]');
end`,
    },
    {
      signature: signature('renew', 'entries jsonb, due interval'),
      returns: 'jsonb',
      body: `declare result jsonb;
begin
  perform pg_catalog.set_config('synchronous_commit', 'on', true);
  with locked as materialized (
      select j.id from ${journal} j join pg_catalog.jsonb_to_recordset(entries) e (id bigint, name text) on e.id = j.id and e.name = j.name
        where j.state = 0 and j.due_at < 'infinity' order by j.id for update of j),
    renewed as (update ${journal} j set due_at = pg_catalog.now() + due from locked where j.id = locked.id returning j.id)
    select pg_catalog.jsonb_agg(id::text order by id) into result from renewed;
  return coalesce(result, '[]');
end`,
    },
    {
      signature: signature('claim', 'entry bigint, of_storage text, of_name text'),
      returns: 'boolean',
      // The row stays: the upload itself is to be reclaimed, and once more when nobody can send it again.
      body: `begin
  update ${journal} set reason = 'claimed', due_at = pg_catalog.now()
    where id = entry and storage = of_storage and name = of_name and reason = 'direct' and state = 0 and due_at > pg_catalog.clock_timestamp();
  return found;
end`,
    },
    {
      signature: signature('uploads', 'entries jsonb'),
      returns: 'jsonb',
      body: `begin
  return (select coalesce(pg_catalog.jsonb_object_agg(e.id::text, case
      when j.reason = 'direct' and j.state = 0 and j.due_at > pg_catalog.clock_timestamp() then 'open'
      when j.reason = 'direct' then 'expired' else 'used' end), '{}')
    from pg_catalog.jsonb_to_recordset(entries) e (id bigint, storage text, name text)
      left join ${journal} j on j.id = e.id and j.storage = e.storage and j.name = e.name);
end`,
    },
    {
      signature: signature('withdraw', 'entry bigint, of_name text'),
      returns: 'boolean',
      // A row that somebody holds is being claimed with its name: waiting for him could be a deadlock that
      // PostgreSQL cannot see, because the caller's own transaction is another one.
      body: `begin
  delete from ${journal} j using (select k.id from ${journal} k where k.id = entry and k.name = of_name
    and k.reason in ('upload', 'copy') and k.state = 0 for update skip locked) f where j.id = f.id;
  return found;
end`,
    },
    {
      signature: signature('hold', 'of_storage text, of_name text'),
      returns: 'integer',
      body: `declare held integer;
begin
  update ${journal} set due_at = 'infinity', reason = 'kept' where storage = of_storage and name = of_name and state = 0;
  get diagnostics held = row_count;
  return held;
end`,
    },
    {
      signature: signature('restore', 'of_storage text, of_name text, due interval'),
      returns: 'jsonb',
      body: `declare result jsonb;
begin
  with again as (
      update ${journal} set due_at = greatest(due_at, pg_catalog.now() + due) where storage = of_storage and name = of_name and state = 0
        returning id, value)
    select coalesce((pg_catalog.array_agg(value order by id desc) filter (where value is not null))[1],
        case when pg_catalog.count(*) > 0 then pg_catalog.jsonb_build_object('storage', of_storage, 'name', of_name) end)
      into result from again;
  return result;
end`,
    },
    {
      signature: signature('identity', ''),
      returns: 'text',
      // Two processes that start together must agree: the second look is behind the lock.
      body: `declare found_id text;
begin
  for attempt in 1..2 loop
    select j.value ->> 'id' into found_id from ${journal} j where j.name = '.filefield/journal' and j.storage = '' and j.reason = 'identity' order by j.id limit 1;
    if found_id is not null then return found_id; end if;
    perform pg_catalog.set_config('synchronous_commit', 'on', true);
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('filefield journal identity', 0));
  end loop;
  found_id := pg_catalog.gen_random_uuid()::text;
  insert into ${journal} (storage, name, reason, state, due_at, value)
    values ('', '.filefield/journal', 'identity', 0, 'infinity', pg_catalog.jsonb_build_object('id', found_id));
  return found_id;
end`,
    },
    {
      signature: signature('listed', 'of_storage text, names jsonb'),
      returns: 'jsonb',
      body: `begin
  return (select coalesce(pg_catalog.jsonb_agg(n), '[]') from pg_catalog.jsonb_array_elements_text(names) n
    where exists (select from ${journal} j where j.name = n and j.storage = of_storage));
end`,
    },
    {
      signature: signature('entries', 'of_storage text, names jsonb'),
      returns: 'jsonb',
      body: `begin
  return (select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('id', j.id::text, 'name', j.name, 'isBarred', j.state > 0)), '[]')
    from pg_catalog.jsonb_array_elements_text(names) n join ${journal} j on j.name = n where j.storage = of_storage);
end`,
    },
  ];
}

/** MikroORM ends a statement at every semicolon before a line break, inside a function's text too. */
function functionText(body: string): string {
  return ` ${body.replaceAll(/\s*\n\s*/g, ' ')} `;
}
