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

const heaps = {
  'as V8 likes it': [],
  // What is held, garbage apart, fits in; what does not is an error.
  'a heap of 64 MiB': ['--max-old-space-size=64', '--max-semi-space-size=4'],
};

await using server = await benchServer();
printTitle('Reconciling simulated objects with as many rows of a real table', size);
const rows: string[][] = [];
for (const [heap, flags] of Object.entries(heaps)) {
  const runs: Run[] = [];
  for (let round = 0; round < size.rounds; round += 1) {
    const connection = await server.createDatabase(`reconcile_${rows.length}_${round}`);
    runs.push(reconciled(flags, JSON.stringify(connection)));
  }
  const time = spread(runs.map((run) => run.time));
  rows.push([
    heap,
    milliseconds(time),
    Math.round((size.objects * 1000) / time.median).toLocaleString('en'),
    ratio(spread(runs.map((run) => run.time / run.bare))),
    atMost(Math.max(...runs.map(({ peak }) => peak)), budget),
    Math.max(...runs.map(({ grown }) => grown)).toFixed(0),
  ]);
}
printTable(
  [
    'reconcile() in',
    'time',
    'objects per second',
    'to reading both sides alone',
    'peak RSS, MiB',
    'above the start, MiB',
  ],
  rows,
);

/** A process of its own, so that its memory is its own. */
function reconciled(flags: readonly string[], connection: string): Run {
  const options = [...flags, script, connection, String(size.objects)];
  const { status, stdout, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the process ended with ${status}: ${stderr}`);
  const run: Run = JSON.parse(stdout);
  if (run.objects !== size.objects || run.orphans !== 10 || run.missing !== 10) {
    throw new Error(`the report is wrong: ${stdout}`);
  }
  return run;
}
