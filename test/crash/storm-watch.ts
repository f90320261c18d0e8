import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { inspect, type Query } from './aftermath.ts';
import { isCrashing } from './storm-database.ts';
import type { StormRound } from './storm-processes.ts';
import { note } from './storm-tally.ts';

/** Tells what is wrong with a row and still is a moment later; in between, rows come and go. */
export async function watchRows(round: StormRound): Promise<void> {
  while (!round.clock.isOver) {
    try {
      await watchUntilLost(round);
    } catch (error) {
      if (!isCrashing(round.weather)) throw error;
      await sleep(50);
    }
  }
}

async function watchUntilLost({ site, tally, clock }: StormRound): Promise<void> {
  const client = new Client({ connectionString: site.url, application_name: 'filefield watch' });
  // Its queries fail too, and tell.
  client.on('error', () => {});
  await client.connect();
  const query: Query = async <Row extends object>(statement: string) =>
    (await client.query<Row>(statement)).rows;
  try {
    while (!clock.isOver) {
      const { violations } = await inspect(query, site);
      const again = violations.length > 0 ? await inspect(query, site) : undefined;
      note(
        tally,
        violations.filter((violation) => again?.violations.includes(violation)),
      );
      await sleep(50);
    }
  } finally {
    await client.end().catch(() => {});
  }
}
