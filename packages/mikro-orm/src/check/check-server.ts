import type { Database } from '../journal/database.ts';
import type { CheckFinding } from './check-report.ts';
import { found } from './found.ts';

/** What a process needs of the server. */
export interface CheckedPool {
  /** Connections that the ORM opens at most. */
  readonly poolMax: number;
  /** Milliseconds that an upload may take. */
  readonly uploadTimeout: number;
  /** Milliseconds after which a transaction that writes is told. Default 10 minutes. */
  readonly longTransaction?: number | undefined;
}

interface SettingsRow {
  readonly version: number;
  readonly name: string;
  readonly isolation: string;
  readonly statement: number;
  readonly idle: number;
  readonly connections: number;
}

/** Connections beside the ORM's pool: for the journal, the worker, and what it listens on. */
const beside = 3;

/** Milliseconds below which statements of the triggers and the worker may be cut. */
const shortStatement = 30_000;

/** Whether the server answers, is new enough, and leaves room. Answers nothing further where it does not answer. */
export async function checkServer(
  database: Database,
  { poolMax, uploadTimeout, longTransaction: long = 600_000 }: CheckedPool,
): Promise<CheckFinding[]> {
  const failing = {
    what: 'it does not answer',
    state: 'bad',
    breaks: 'nothing works: neither files nor entities',
    fix: 'correct the connection options of the ORM, or start the server',
  } as const;
  let settings: SettingsRow | undefined;
  const reached = await found('database', failing, async () => {
    [settings] = await database.all<SettingsRow>(settingsSql);
    return [versionFinding(settings?.version ?? 0, settings?.name ?? '')];
  });
  if (settings === undefined) return reached;
  return [
    ...reached,
    poolFinding(poolMax, settings.connections),
    isolationFinding(settings.isolation),
    ...timeoutFindings(settings, uploadTimeout),
    ...(await found('long transactions', longFailing, async () => [
      await longTransaction(database, long),
    ])),
  ];
}

const settingsSql = `select pg_catalog.current_setting('server_version_num')::int as "version",
    pg_catalog.current_setting('server_version') as "name",
    pg_catalog.current_setting('default_transaction_isolation') as "isolation",
    (select s.setting::float8 from pg_catalog.pg_settings s where s.name = 'statement_timeout') as "statement",
    (select s.setting::float8 from pg_catalog.pg_settings s where s.name = 'idle_in_transaction_session_timeout') as "idle",
    (select sum(case when s.name = 'max_connections' then s.setting::int else -s.setting::int end)::int from pg_catalog.pg_settings s
      where s.name in ('max_connections', 'superuser_reserved_connections', 'reserved_connections')) as "connections"`;

function versionFinding(version: number, name: string): Omit<CheckFinding, 'subject'> {
  if (version >= 150_000) return { state: 'good', message: `PostgreSQL ${name} answers` };
  return {
    state: 'bad',
    message: `it is PostgreSQL ${name}, 15 or later is needed`,
    breaks: 'the schema cannot be made, or the worker cannot tell what is referenced',
    fix: 'upgrade the server',
  };
}

function poolFinding(poolMax: number, connections: number): CheckFinding {
  const own = poolMax + beside;
  const processes = Math.floor(connections / own);
  const message = `a process opens up to ${own} connections, ${poolMax} of its pool and ${beside} for journal and worker; the server takes ${connections}: enough for ${processes}`;
  const finding = { subject: 'connections', message } as const;
  if (processes >= 2) return { ...finding, state: 'good' };
  return {
    ...finding,
    state: processes === 0 ? 'bad' : 'advice',
    breaks: 'connections are refused under load, or while a new version starts beside the old one',
    fix: 'lower pool.max of the ORM, raise max_connections, or put a pooler in between',
  };
}

function isolationFinding(isolation: string): CheckFinding {
  const finding = {
    subject: 'isolation',
    message: `transactions are ${isolation} unless told otherwise`,
  };
  if (isolation === 'read committed') return { ...finding, state: 'good' };
  return {
    ...finding,
    state: 'advice',
    breaks:
      'each statement that writes files takes a guard, and more transactions have to be tried again',
    fix: 'leave default_transaction_isolation at read committed, and ask for more where it is needed; keep tombstone longer than any transaction',
  };
}

function timeoutFindings({ statement, idle }: SettingsRow, uploadTimeout: number): CheckFinding[] {
  const findings: CheckFinding[] = [];
  if (statement > 0 && statement < shortStatement) {
    findings.push({
      subject: 'statement_timeout',
      state: 'advice',
      message: `statements end after ${statement} milliseconds`,
      breaks: 'the worker and bulk statements on tables with files may be cut again and again',
      fix: `alter role … set statement_timeout = '30s' for the role that runs the worker`,
    });
  }
  if (idle > 0 && idle < uploadTimeout) {
    findings.push({
      subject: 'idle_in_transaction_session_timeout',
      state: 'advice',
      message: `idle transactions end after ${idle} milliseconds`,
      breaks: 'an upload inside an explicit transaction that takes longer loses its connection',
      fix: 'stage files before the transaction begins: files.stage()',
    });
  }
  return findings;
}

const longFailing = { what: 'transactions cannot be looked at', state: 'unknown' } as const;

/** The worker waits for every transaction that writes, in any database of the server. */
async function longTransaction(
  database: Database,
  long: number,
): Promise<Omit<CheckFinding, 'subject'>> {
  const [row] = await database.all<{ seconds: number | null; prepared: number | null }>(
    `select (select extract(epoch from now() - min(a.xact_start))::float8 from pg_catalog.pg_stat_activity a
        where a.backend_xid is not null and a.pid <> pg_catalog.pg_backend_pid()) as "seconds",
      (select extract(epoch from now() - min(p.prepared))::float8 from pg_catalog.pg_prepared_xacts p) as "prepared"`,
  );
  const seconds = Math.max(row?.seconds ?? -1, row?.prepared ?? -1);
  if (seconds * 1000 < long)
    return { state: 'good', message: 'no transaction holds up the worker' };
  return {
    state: 'advice',
    message: `a ${(row?.prepared ?? 0) > (row?.seconds ?? 0) ? 'prepared ' : ''}transaction that writes has been open for ${Math.floor(seconds / 60)} minutes`,
    breaks:
      'nothing is reclaimed until it ends: the worker waits for whoever may still refer to an object',
    fix: 'end it: see pg_stat_activity and pg_prepared_xacts',
  };
}
