import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { journalGrants } from '@filefield/mikro-orm';
import type { StormRound } from './storm-processes.ts';
import type { StormSite } from './storm-site.ts';
import type { Weather } from './storm.ts';

/** Sees its own rows and half of the others, and has no more rights than an application needs. */
export const tenant = { user: 'tenant', password: 'tenant' } as const;

export const tenantStatements: readonly string[] = [
  `create role tenant login password 'tenant'`,
  'grant select, insert, update, delete, truncate on doc, folder, picture to tenant',
  'grant usage on sequence doc_id_seq, folder_id_seq, picture_id_seq to tenant',
  ...journalGrants({ role: 'tenant' }),
  'alter table doc enable row level security',
  'alter table doc add column owner text default current_user',
  `create policy half on doc using (owner = 'tenant' or id % 2 = 0) with check (true)`,
];

/** Whether PostgreSQL itself crashes in such weather. */
export function isCrashing(weather: Weather): boolean {
  return weather === 'server' || weather === 'unflushed';
}

/** Lets PostgreSQL forget the last commits in a crash, as long as the weather lasts. */
export async function withoutFlushing(
  { url }: StormSite,
  weather: Weather,
): Promise<AsyncDisposable> {
  const set = async (setting: 'on' | 'off'): Promise<void> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(`alter system set synchronous_commit = ${setting}`);
    await client.query('select pg_reload_conf()');
    await client.end();
  };
  if (weather === 'unflushed') await set('off');
  return { [Symbol.asyncDispose]: async () => (weather === 'unflushed' ? set('on') : undefined) };
}

/** Ends connections of the processes, or crashes PostgreSQL, where the weather is such. */
export async function breakConnections(round: StormRound): Promise<void> {
  if (round.weather === 'backends') await terminateBackends(round);
  if (isCrashing(round.weather)) await crashServer(round);
}

async function terminateBackends({ site, random, tally, clock }: StormRound): Promise<void> {
  const client = new Client({ connectionString: site.url });
  await client.connect();
  try {
    while (!clock.isOver) {
      await sleep(random.next() * 300);
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid) from (select pid from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'filefield watch'
            and backend_type = 'client backend' order by random() limit 1) b`,
      );
      tally.terminated += rowCount ?? 0;
    }
  } finally {
    await client.end();
  }
}

/** What a power cut is to PostgreSQL: nothing is flushed, and the log is replayed at the next start. */
async function crashServer({ site, random, tally, clock }: StormRound): Promise<void> {
  while (!clock.isOver) {
    await sleep(500 + random.next() * 1500);
    await site.server.restart('immediate');
    tally.crashes += 1;
  }
}
