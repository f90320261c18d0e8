import { describe, expect, it } from 'vitest';
import { aftermathOf, othersGone } from './aftermath.ts';
import { startChild } from './child-process.ts';
import { crashSites } from './crash-site.ts';
import { openDocuments } from './documents.ts';
import { operations } from './operations.ts';

const sites = await crashSites(3);
const watched = 'disk';

/** What each operation does to the disk, as one that lives tells it. */
const traces = await Promise.all(
  ['saving a new entity', 'renaming a file', 'reclaiming what is due'].map(async (operation) => {
    await using place = await sites.take();
    const { lines } = await startChild('operation-child.ts', { ...place, operation, watched })
      .ended;
    return { operation, lines, rows: operations[operation]!.before };
  }),
);
const kills = traces.flatMap(({ operation, lines, rows }) =>
  lines.map((step, index) => ({ operation, step, lastStep: index + 1, rows })),
);

describe('a process that is killed between two changes on the disk', { timeout: 60_000 }, () => {
  it.each([
    ['saving a new entity', ['open', 'write', 'link', 'rm', 'rmdir']],
    ['renaming a file', ['open', 'copyFile', 'link', 'rm', 'rmdir']],
    ['reclaiming what is due', ['rm', 'unlink', 'rmdir']],
  ])('%s changes it in several steps', (name, steps) => {
    const trace = traces.find(({ operation }) => operation === name);

    expect(trace?.lines).toEqual(expect.arrayContaining(steps));
  });

  it.concurrent.each(kills)(
    '$operation, step $lastStep, after $step: neither dangles nor leaks',
    async ({ operation, lastStep, rows }) => {
      await using place = await sites.take();
      const job = { ...place, operation, watched, lastStep };

      const { signal, lines } = await startChild('operation-child.ts', job).ended;

      await using documents = await openDocuments(place);
      await othersGone(documents);
      expect({ signal, steps: lines.length }).toEqual({ signal: 'SIGKILL', steps: lastStep });
      expect(await aftermathOf(documents, place)).toEqual({ rows, violations: [] });
    },
  );
});
