import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { benchServer } from './bench-server.ts';
import { spread } from './measure.ts';
import { sizes } from './sizes.ts';
import { atMost, milliseconds, printTable, printTitle, ratio } from './table.ts';

interface Run {
  readonly objects: number;
  readonly orphans: number;
  readonly missing: number;
  /** MiB. */
  readonly peak: number;
  readonly grown: number;
  /** Milliseconds. */
  readonly time: number;
  readonly bare: number;
}

const size = sizes({ objects: 100_000, rounds: 1 }, { objects: 1_000_000, rounds: 3 });
const script = fileURLToPath(new URL('../mikro-orm/reconcile/large-child.ts', import.meta.url));
const budget = 200;

await using server = await benchServer();
const runs: Run[] = [];
for (let round = 0; round < size.rounds; round += 1) {
  const connection = await server.createDatabase(`reconcile_${round}`);
  runs.push(reconciled(JSON.stringify(connection)));
}
printTitle('Reconciling simulated objects with as many rows of a real table', size);
printTable(
  ['run', 'value'],
  [
    ['reconcile()', milliseconds(spread(runs.map(({ time }) => time)))],
    [
      'objects per second',
      Math.round(
        (size.objects * 1000) / spread(runs.map(({ time }) => time)).median,
      ).toLocaleString('en'),
    ],
    ['to reading both sides alone', ratio(spread(runs.map(({ time, bare }) => time / bare)))],
    [
      'peak RSS of the process in MiB, most of all rounds',
      atMost(Math.max(...runs.map(({ peak }) => peak)), budget),
    ],
    [
      'above its start in MiB, most of all rounds',
      Math.max(...runs.map(({ grown }) => grown)).toFixed(0),
    ],
  ],
);

/** A process of its own, so that its memory is its own. */
function reconciled(connection: string): Run {
  const options = ['--max-semi-space-size=4', script, connection, String(size.objects)];
  const { status, stdout, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the process ended with ${status}: ${stderr}`);
  const run: Run = JSON.parse(stdout);
  if (run.objects !== size.objects || run.orphans !== 10 || run.missing !== 10) {
    throw new Error(`the report is wrong: ${stdout}`);
  }
  return run;
}
