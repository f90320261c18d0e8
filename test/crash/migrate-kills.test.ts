import { describe, expect, it } from 'vitest';
import { aftermathOf, objectsAt, othersGone } from './aftermath.ts';
import { startChild } from './child-process.ts';
import { crashSites } from './crash-site.ts';
import { openDocuments, type Place } from './documents.ts';
import { migrations, placeIn, seedMigration } from './migrations.ts';
import { migrationSteps } from './steps.ts';

const sites = await crashSites(2);
const rows = ['one', 'two', 'three'].map(
  (label, index) => `${index + 1} file: ${label}.txt of ${label}, old: ${label}.txt of ${label}`,
);

type Name = keyof typeof migrations;

/** Everything that comes before: rows, and for the last configuration what the first has copied. */
async function prepare(place: Place, name: Name): Promise<void> {
  await using documents = await openDocuments(placeIn(place, 'first'));
  await seedMigration(documents);
  if (migrations[name].configuration === 'first') return;
  await documents.files.migrate({ from: 'default', to: 'next' });
}

/** Runs what a killed process has left to its end, and switches where configurations are switched. */
async function resume(place: Place, name: Name) {
  const { configuration, options } = migrations[name];
  await using documents = await openDocuments(placeIn(place, configuration));
  await othersGone(documents);
  const first = await documents.files.migrate(options);
  if (name !== 'copying for another configuration') return { first, last: first };
  const after = migrations['settling and deleting the source'];
  await using switched = await openDocuments(placeIn(place, 'last'));
  return { first, last: await switched.files.migrate(after.options) };
}

const traces = await Promise.all(
  (Object.keys(migrations) as Name[]).map(async (name) => {
    await using place = await sites.take();
    await prepare(place, name);
    const { configuration, options } = migrations[name];
    const job = { ...placeIn(place, configuration), options };
    const { lines } = await startChild('migrate-child.ts', job).ended;
    return {
      name,
      steps: [...new Set(lines)].filter((line) => / /.test(line) && !line.startsWith('complete')),
      end: lines.at(-1),
    };
  }),
);
const all = traces.flatMap(({ name, steps }) => steps.map((step) => ({ name, step })));
/** Before a step is as after the one before it. */
const kills = all.filter(({ step }) => /^after|before switch/.test(step));

describe('a migration that lives', () => {
  it('ends complete, whichever it is', () => {
    expect(traces.map(({ name, end }) => `${name}: ${end}`)).toEqual([
      'copying for another configuration: complete',
      'settling and deleting the source: complete and settled',
      'switching rows: complete and settled',
    ]);
  });

  it('reaches every fail point from both sides', () => {
    const reached = new Set(all.map(({ step }) => step));

    expect(migrationSteps.filter((step) => !reached.has(step))).toEqual([]);
  });
});

describe('a migration that is killed', { timeout: 60_000 }, () => {
  it.concurrent.each(kills)(
    '$name, at $step: is finished by the next run, nothing lost or doubled',
    async ({ name, step }) => {
      await using place = await sites.take();
      await prepare(place, name);
      const { configuration, options } = migrations[name];
      const job = { ...placeIn(place, configuration), options, lastStep: step };

      const { signal } = await startChild('migrate-child.ts', job).ended;
      const { first, last } = await resume(place, name);

      expect({ signal, isComplete: first.isComplete, isSettled: last.isSettled }).toEqual({
        signal: 'SIGKILL',
        isComplete: true,
        isSettled: true,
      });
      const isByRows = name === 'switching rows';
      const there = placeIn(place, isByRows ? 'first' : 'last');
      await using documents = await openDocuments(there);
      expect(await aftermathOf(documents, there)).toEqual({
        rows,
        violations: [`Left in the storage: ${isByRows ? 'media' : 'next'}/docs/orphan.txt`],
      });
      expect(await objectsAt(there)).toHaveLength(7);
    },
  );
});
