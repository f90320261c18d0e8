import { aftermathOf, finishVariantsOf, objectsAt, othersGone, queryOf } from './aftermath.ts';
import { openDocuments } from './documents.ts';
import { randomFrom } from './random.ts';
import type { Random } from './random.ts';
import { breakConnections, tenantStatements, withoutFlushing } from './storm-database.ts';
import { leastKills, RoundClock, runProcesses } from './storm-processes.ts';
import { emptyTally, lineOf, note, type StormTally } from './storm-tally.ts';
import { watchRows } from './storm-watch.ts';
import type { StormSite } from './storm-site.ts';

/** How long a storm lasts, and what it does at least. */
export interface StormOptions {
  /** The same seed gives the same works and moments, as far as the machine keeps time. */
  readonly seed: number;
  /** Of each round, before everything is looked at. */
  readonly seconds: number;
  readonly operations: number;
  readonly kills: number;
  /** How often a process dies at each fail point. */
  readonly killsAtStep: number;
  /** Only this one. Default: all. */
  readonly weather?: Weather | undefined;
}

/** What goes wrong in a round, besides processes that are killed at any moment. */
export type Weather =
  | 'kills'
  | 'steps'
  | 'backends'
  | 'server'
  | 'unflushed'
  | 'policies'
  | 'storage'
  | 'deadline';

/** In the order of the rounds. */
export const weathers: readonly Weather[] = [
  'steps',
  'backends',
  'storage',
  'server',
  'kills',
  'policies',
  'deadline',
  'unflushed',
];

/**
 * Lets processes write, reclaim and die, round by round until the numbers are reached, each in another weather. After
 * a round all rows are compared with the bytes of their objects, everything due is reclaimed, and nothing may be left
 * in storage or journal but what rows refer to.
 */
export async function storm(site: StormSite, options: StormOptions): Promise<StormTally> {
  const tally = emptyTally();
  const random = randomFrom(options.seed);
  await prepare(site);
  for (let round = 0; round < weathers.length || isShort(tally, options); round += 1) {
    const weather = weatherOf(round, tally, options);
    await blow(site, weather, { random, tally, seconds: secondsOf(weather, options) });
    await lookAtEverything(site, tally);
    process.stdout.write(`${lineOf(tally)}, weather: ${weather}\n`);
    if (tally.violations.size > 0) break;
  }
  return tally;
}

/** Processes take a while to come to a fail point: where that counts, more of them do in a longer round. */
function secondsOf(weather: Weather, { seconds, killsAtStep }: StormOptions): number {
  return weather === 'steps' && killsAtStep > 0 ? seconds * 3 : seconds;
}

/** Each weather once; then every other round is for the fail points, as long as that many processes have not died there. */
function weatherOf(
  round: number,
  tally: StormTally,
  { operations, killsAtStep, weather }: StormOptions,
): Weather {
  if (weather !== undefined) return weather;
  const isForSteps =
    round >= weathers.length && (round % 2 === 0 || tally.operations >= operations);
  if (isForSteps && leastKills(tally) < killsAtStep) return 'steps';
  // Of the others each comes as often.
  return (
    weathers[(round < weathers.length ? round : Math.floor(round / 2)) % weathers.length] ?? 'kills'
  );
}

/** Two applications that do not know of each other's entities, on one database and the same storages. */
async function prepare(site: StormSite): Promise<void> {
  await using documents = await openDocuments(site);
  await documents.orm.schema.create();
  // Who is killed while he takes a location leaves a temporary file of the owner's, which no journal lists.
  await documents.files.ready();
  await using second = await openDocuments({ ...site, application: 'second' });
  await second.orm.schema.update({ safe: true });
  const query = queryOf(documents);
  for (const statement of tenantStatements) await query(statement);
}

function isShort(tally: StormTally, { operations, kills, killsAtStep }: StormOptions): boolean {
  const isDone = tally.operations >= operations && tally.kills >= kills;
  return !isDone || leastKills(tally) < killsAtStep;
}

async function blow(
  site: StormSite,
  weather: Weather,
  { random, tally, seconds }: { random: Random; tally: StormTally; seconds: number },
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  stack.use(await withoutFlushing(site, weather));
  const round = { site, weather, random, tally, clock: new RoundClock(seconds * 1000) };
  await Promise.all([
    runProcesses(round, 'everything'),
    runProcesses(round, weather === 'steps' ? 'worker' : 'everything', 'second'),
    runProcesses(round, 'worker'),
    watchRows(round),
    breakConnections(round),
  ]);
}

async function lookAtEverything(site: StormSite, tally: StormTally): Promise<void> {
  await using documents = await openDocuments(site);
  await othersGone(documents);
  await finishVariants(site);
  const { violations, rows } = await aftermathOf(documents, site);
  note(tally, violations);
  tally.rounds += 1;
  tally.rows += rows.length;
  tally.objects += (await objectsAt(site)).length;
  tally.references += rows.join().split(/ (?:file|old): /).length - 1;
}

/** Nobody else knows the tables of the other application. What is barred becomes free, is made, and is due once more. */
async function finishVariants(site: StormSite): Promise<void> {
  await using second = await openDocuments({ ...site, application: 'second' });
  await finishVariantsOf(second);
}
