import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { StormRound } from './storm-processes.ts';

/** Ends connections of the processes, or crashes PostgreSQL, where the weather is such. */
export async function breakConnections(round: StormRound): Promise<void> {
  if (round.weather === 'backends') await terminateBackends(round);
  if (round.weather === 'server') await crashServer(round);
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
