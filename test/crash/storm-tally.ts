/** What a storm did, and what was wrong. */
export interface StormTally {
  rounds: number;
  operations: number;
  /** Of those, direct uploads that a row has taken. */
  uploads: number;
  /** Works that were refused as they should be, by the error. */
  readonly refused: Map<string, number>;
  kills: number;
  /** Of those, the ones at a fail point. */
  readonly killsAt: Map<string, number>;
  /** Connections that the server was told to end. */
  terminated: number;
  /** How often PostgreSQL crashed. */
  crashes: number;
  /** How often a storage began to fail or hang. */
  faults: number;
  reclaimed: number;
  /** Rows, objects and references at the ends of the rounds. */
  rows: number;
  objects: number;
  references: number;
  /** What must never be, one sentence each. */
  readonly violations: Set<string>;
}

export function emptyTally(): StormTally {
  return {
    rounds: 0,
    operations: 0,
    uploads: 0,
    refused: new Map(),
    kills: 0,
    killsAt: new Map(),
    terminated: 0,
    crashes: 0,
    faults: 0,
    reclaimed: 0,
    rows: 0,
    objects: 0,
    references: 0,
    violations: new Set(),
  };
}

export function note({ violations }: StormTally, sentences: readonly string[]): void {
  for (const sentence of sentences) violations.add(sentence);
}

/** Counts what a process wrote; what it does not know is a violation. */
export function count(tally: StormTally, line: string): void {
  const [, word = '', rest = ''] =
    /^(did|refused|reclaimed|faulty|killed at|problem) ?(.*)$/.exec(line) ?? [];
  const add = (counts: Map<string, number>, key: string): void => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  if (word === 'did') {
    tally.operations += 1;
    if (rest.startsWith('takeUpload')) tally.uploads += 1;
  } else if (word === 'refused') add(tally.refused, rest.replace(/^.*: /, ''));
  else if (word === 'reclaimed') tally.reclaimed += Number(rest);
  else if (word === 'faulty') tally.faults += 1;
  else if (word === 'killed at') add(tally.killsAt, rest);
  // What the storages were told to do is no finding.
  else if (word === 'problem' && rest.endsWith('a fault was ordered'))
    add(tally.refused, 'a fault');
  else note(tally, [`A process says: ${line}`]);
}

/** Where a storm is, for whoever waits for it. */
export function lineOf({ rounds, operations, kills, violations }: StormTally): string {
  return `Round ${rounds}: ${operations} operations, ${kills} kills, ${violations.size} violations`;
}

/** The numbers as a table in Markdown. */
export function tableOf(tally: StormTally): string {
  const refused = [...tally.refused.values()].reduce((sum, times) => sum + times, 0);
  const atSteps = [...tally.killsAt.values()];
  const violations = [...tally.violations];
  const rows: readonly (readonly [string, string | number])[] = [
    ['rounds', tally.rounds],
    ['operations done', tally.operations],
    ['of these direct uploads', tally.uploads],
    ['operations refused', refused],
    ['processes killed', tally.kills],
    ['of these at a fail point', atSteps.reduce((sum, times) => sum + times, 0)],
    ['fail points', atSteps.length],
    ['kills at the one with the fewest', atSteps.length === 0 ? 0 : Math.min(...atSteps)],
    ['connections terminated', tally.terminated],
    ['crashes of PostgreSQL', tally.crashes],
    ['faults of a storage', tally.faults],
    ['objects reclaimed', tally.reclaimed],
    ['references checked, sum of all rounds', tally.references],
    ['objects found then', tally.objects],
    ['dangling', violations.filter((violation) => violation.startsWith('Dangling')).length],
    ['leaked', violations.filter((violation) => violation.startsWith('Left in')).length],
    [
      'other violations',
      violations.filter((violation) => !/^(Dangling|Left in)/.test(violation)).length,
    ],
  ];
  return [
    '| what | how many |',
    '|---|--:|',
    ...rows.map(([what, many]) => `| ${what} | ${many} |`),
  ].join('\n');
}
