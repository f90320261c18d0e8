import { describe, expect, it } from 'vitest';
import { aftermathOf, othersGone } from './aftermath.ts';
import { startChild } from './child-process.ts';
import { crashSites } from './crash-site.ts';
import { openDocuments, type Documents } from './documents.ts';
import { Picture } from './pictures.ts';
import { variantSteps } from './steps.ts';
import { variantOperations } from './variant-operations.ts';

/** Those that leave something behind; before the next one nothing happens. */
const effects = ['work', 'announce', 'put', 'list'].map((point) => `after ${point}`);

const kills = Object.entries(variantOperations).flatMap(([operation, { steps, before, after }]) =>
  steps.flatMap((step, index) => {
    const isOver = step === 'after-commit';
    if (!effects.includes(step) && step !== 'before-begin' && !isOver) return [];
    const finish = operation === 'regenerating variants' ? regenerate : async () => {};
    const reached = { step, lastStep: index + 1, steps: steps.slice(0, index + 1) };
    return [{ operation, ...reached, rows: isOver ? after : before, finish }];
  }),
);

const watched = 'protocol';

const sites = await crashSites(3);

describe('a process that makes variants and lives', { timeout: 60_000 }, () => {
  it.concurrent.each(
    Object.entries(variantOperations).map(([operation, of]) => ({ operation, ...of })),
  )(
    '$operation: reaches every step, and nothing is left of it once the rows are gone',
    async ({ operation, steps, after }) => {
      await using place = await sites.take();

      const end = await startChild('operation-child.ts', { ...place, operation, watched }).ended;

      await using documents = await openDocuments(place);
      expect(end).toEqual({ code: 0, signal: null, lines: steps, errors: '' });
      expect(await aftermathOf(documents, place)).toEqual({ rows: after, violations: [] });
      await documents.orm.em.execute('delete from picture');
      expect(await aftermathOf(documents, place)).toEqual({ rows: [], violations: [] });
    },
  );

  it('reaches every fail point of the making', () => {
    const reached = new Set(Object.values(variantOperations).flatMap(({ steps }) => steps));

    expect(variantSteps.filter((step) => !reached.has(step))).toEqual([]);
  });
});

describe('a process that is killed while it makes variants', { timeout: 60_000 }, () => {
  it.concurrent.each(kills)(
    '$operation, step $lastStep, $step: another finishes, and neither dangles nor leaks',
    async ({ operation, lastStep, steps, rows, finish }) => {
      await using place = await sites.take();

      const end = await startChild('operation-child.ts', { ...place, operation, watched, lastStep })
        .ended;

      await using documents = await openDocuments(place);
      await othersGone(documents);
      expect(end).toEqual({ code: null, signal: 'SIGKILL', lines: steps, errors: '' });
      await finish(documents);
      expect(await aftermathOf(documents, place)).toEqual({ rows, violations: [] });
    },
  );

  it.concurrent.each([
    ['deleted', 'delete from picture', []],
    ['emptied', `update picture set image = null, label = ''`, ['picture 1']],
  ])('and whose original is %s then: nothing is left of it', async (_how, statement, rows) => {
    await using place = await sites.take();
    const operation = 'making variants in the background';

    await startChild('operation-child.ts', { ...place, operation, watched, lastStep: 7 }).ended;

    await using documents = await openDocuments(place);
    await othersGone(documents);
    await documents.orm.em.execute(statement);
    expect(await aftermathOf(documents, place)).toEqual({ rows, violations: [] });
  });
});

/** What nobody has written down for a worker is done by the same command again. */
async function regenerate({ files }: Documents): Promise<void> {
  await files.regenerateVariants(Picture, 'image');
}
