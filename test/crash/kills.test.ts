import { describe, expect, it } from 'vitest';
import { aftermathOf, othersGone } from './aftermath.ts';
import { startChild } from './child-process.ts';
import { crashSites } from './crash-site.ts';
import { openDocuments } from './documents.ts';
import { operations } from './operations.ts';
import { steps as allSteps } from './steps.ts';

const kills = Object.entries(operations).flatMap(([operation, { steps, before, after }]) =>
  steps.map((step, index) => {
    const commit = steps.lastIndexOf('after-commit');
    const rows = commit !== -1 && index >= commit ? after : before;
    return { operation, step, lastStep: index + 1, steps: steps.slice(0, index + 1), rows };
  }),
);

const watched = 'protocol';

const sites = await crashSites(3);

describe('a process that lives', { timeout: 60_000 }, () => {
  it.concurrent.each(Object.entries(operations).map(([operation, of]) => ({ operation, ...of })))(
    '$operation: reaches every step and leaves nothing behind',
    async ({ operation, steps, after }) => {
      await using place = await sites.take();

      const end = await startChild('operation-child.ts', { ...place, operation, watched }).ended;

      await using documents = await openDocuments(place);
      expect(end).toEqual({ code: 0, signal: null, lines: steps, errors: '' });
      expect(await aftermathOf(documents, place)).toEqual({ rows: after, violations: [] });
    },
  );

  it('reaches every fail point, from both sides where it has two', () => {
    const reached = new Set(kills.map(({ step }) => step));

    expect([...reached].toSorted()).toEqual(allSteps.toSorted());
  });
});

describe('a process that is killed', { timeout: 60_000 }, () => {
  it.concurrent.each(kills)(
    '$operation, step $lastStep, $step: neither dangles nor leaks',
    async ({ operation, lastStep, steps, rows }) => {
      await using place = await sites.take();

      const end = await startChild('operation-child.ts', { ...place, operation, watched, lastStep })
        .ended;

      await using documents = await openDocuments(place);
      await othersGone(documents);
      expect(end).toEqual({ code: null, signal: 'SIGKILL', lines: steps, errors: '' });
      expect(await aftermathOf(documents, place)).toEqual({ rows, violations: [] });
    },
  );
});
