import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from './child-process.ts';
import type { Random } from './random.ts';
import { steps as uploadSteps, variantSteps, workerSteps } from './steps.ts';
import { isCrashing, tenant } from './storm-database.ts';
import type { StormJob } from './storm-child.ts';
import type { StormSite } from './storm-site.ts';
import { count, note, type StormTally } from './storm-tally.ts';
import type { Weather } from './storm.ts';

/** Where processes of a storm die; whoever reclaims makes variants too. */
const steps = [...uploadSteps, ...variantSteps];
const stepsOfWorkers = [...workerSteps, ...variantSteps];

/** What everybody in one round of a storm knows. */
export interface StormRound {
  readonly site: StormSite;
  readonly weather: Weather;
  readonly random: Random;
  readonly tally: StormTally;
  readonly clock: RoundClock;
}

/** Time that passes from the first sign of life of a process: on a busy machine they take seconds to start. */
export class RoundClock {
  readonly milliseconds: number;
  #end = Infinity;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }

  get isOver(): boolean {
    return Date.now() >= this.#end;
  }

  /** Something was heard of a process. */
  start(): void {
    if (this.#end === Infinity) this.#end = Date.now() + this.milliseconds;
  }
}

/** One process after the other; each is killed at any moment after its first work, or at a fail point. */
export async function runProcesses(
  round: StormRound,
  does: StormJob['does'],
  application?: 'second',
): Promise<void> {
  while (!round.clock.isOver) await runProcess(round, does, application);
}

async function runProcess(
  round: StormRound,
  does: StormJob['does'],
  application: 'second' | undefined,
): Promise<void> {
  const { site, weather, random, tally, clock } = round;
  const step = weather === 'steps' ? wantedStep(round, does) : undefined;
  const { connection, directory, s3 } = site;
  const isTenant = weather === 'policies' && does === 'everything' && application === undefined;
  const job: StormJob = {
    connection: isTenant ? { ...connection, ...tenant } : connection,
    directory,
    s3,
    application,
    does: isTenant ? 'writes' : does,
    seed: Math.floor(random.next() * 1e9),
    // So short that the worker takes running uploads for forgotten ones.
    uploadTimeout: weather === 'deadline' ? '30ms' : '1500ms',
    // Longer than an upload hangs, and than a transaction above READ COMMITTED lasts: what the option asks for.
    tombstone: weather === 'deadline' ? '5s' : '3s',
    lastStep: step === undefined ? undefined : { step, time: 1 + Math.floor(random.next() * 2) },
    trouble: troubleOf(weather),
  };
  // Up to a bit more than the round, or until it comes to its fail point, if it does soon.
  const patience =
    step === undefined
      ? clock.milliseconds * 1.25 * random.next()
      : Math.min(clock.milliseconds * 3, 5000);
  const started = Promise.withResolvers<void>();
  const child = startChild('storm-child.ts', job, (line) => {
    started.resolve();
    clock.start();
    count(tally, line);
  });
  await Promise.race([started.promise, child.ended]);
  await Promise.race([sleep(patience), child.ended]);
  child.kill();
  const { signal, errors } = await child.ended;
  if (signal === 'SIGKILL') tally.kills += 1;
  else note(tally, [`A process ended by itself: ${errors}`]);
}

/** One of the fail points at which few processes have died so far. */
function wantedStep({ tally, random }: StormRound, does: StormJob['does']): string {
  const all = seldomFirst(tally).filter(
    (step) => stepsOfWorkers.includes(step) === (does === 'worker'),
  );
  return random.pick(all.slice(0, Math.ceil(all.length / 2)));
}

/** How many processes have died at the fail point at which the fewest have. */
export function leastKills(tally: StormTally): number {
  return tally.killsAt.get(seldomFirst(tally)[0] ?? '') ?? 0;
}

function seldomFirst({ killsAt }: StormTally): string[] {
  return steps.toSorted((a, b) => (killsAt.get(a) ?? 0) - (killsAt.get(b) ?? 0));
}

function troubleOf(weather: Weather): StormJob['trouble'] {
  if (weather === 'storage' || weather === 'deadline') return 'storage';
  return weather === 'backends' || isCrashing(weather) ? 'database' : undefined;
}
