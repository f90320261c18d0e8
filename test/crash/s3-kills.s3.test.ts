import { describe, expect, inject, it } from 'vitest';
import { createBucket } from '../s3/support.ts';
import { aftermathOf, othersGone } from './aftermath.ts';
import { startChild } from './child-process.ts';
import { crashSites } from './crash-site.ts';
import { openDocuments } from './documents.ts';
import { operations } from './operations.ts';

const { endpoint, region, credentials } = inject('s3Server');
const sites = await crashSites(3, {
  endpoint,
  region,
  credentials,
  buckets: { media: await createBucket(), archive: await createBucket() },
});
const onS3 = Object.entries(operations).map(([operation, { stepsOnS3, ...of }]) => ({
  operation,
  ...of,
  steps: stepsOnS3 ?? of.steps,
}));

const failPointKills = onS3.flatMap(({ operation, steps, before, after }) => {
  const commit = steps.lastIndexOf('after-commit');
  return steps.map((step, index) => ({
    operation,
    step,
    lastStep: index + 1,
    rows: commit !== -1 && index >= commit ? after : before,
  }));
});

/** Operations that are killed at requests, and which: what asks only changes nothing. */
const watched = new Map([
  ['saving a new entity', /./],
  ['renaming a file', /./],
  ['reclaiming what is due', /./],
  ['copying a file to another storage', /^after (?:Create|UploadPart|Complete)/],
]);

/** What each operation asks of S3, as one that lives tells it. */
const traces = await Promise.all(
  Array.from(watched, async ([operation, killed]) => {
    await using place = await sites.take();
    const job = { ...place, operation, watched: 'requests' };
    const { lines, errors } = await startChild('operation-child.ts', job).ended;
    return { operation, killed, lines, errors, rows: operations[operation]!.before };
  }),
);
const requestKills = traces.flatMap(({ operation, killed, lines, rows }) =>
  lines
    .map((step, index) => ({ operation, step, lastStep: index + 1, rows }))
    .filter(({ step }) => killed.test(step)),
);

async function killedAt(job: { operation: string; lastStep: number; watched: string }) {
  await using place = await sites.take();
  const { signal, lines } = await startChild('operation-child.ts', { ...place, ...job }).ended;
  await using documents = await openDocuments(place);
  await othersGone(documents);
  return { signal, steps: lines.length, ...(await aftermathOf(documents, place)) };
}

describe('a process whose files are on S3', { timeout: 120_000 }, () => {
  it.concurrent.each(onS3)(
    '$operation: reaches every step and leaves nothing behind',
    async ({ operation, steps, after }) => {
      await using place = await sites.take();
      const job = { ...place, operation, watched: 'protocol' };

      const end = await startChild('operation-child.ts', job).ended;

      await using documents = await openDocuments(place);
      expect(end).toEqual({ code: 0, signal: null, lines: steps, errors: '' });
      expect(await aftermathOf(documents, place)).toEqual({ rows: after, violations: [] });
    },
  );

  it.concurrent.each(failPointKills)(
    'killed while $operation, step $lastStep, $step: neither dangles nor leaks',
    async ({ operation, lastStep, rows }) => {
      const found = await killedAt({ operation, lastStep, watched: 'protocol' });

      expect(found).toEqual({ signal: 'SIGKILL', steps: lastStep, rows, violations: [] });
    },
  );

  it.each([
    ['saving a new entity', ['before PutObjectCommand', 'after PutObjectCommand']],
    ['renaming a file', ['before CopyObjectCommand', 'after CopyObjectCommand']],
    ['reclaiming what is due', ['before DeleteObjectsCommand', 'after DeleteObjectsCommand']],
    [
      'copying a file to another storage',
      [
        'after CreateMultipartUploadCommand',
        'after UploadPartCopyCommand',
        'after CompleteMultipartUploadCommand',
      ],
    ],
  ])('%s makes several requests', (name, steps) => {
    const trace = traces.find(({ operation }) => operation === name);

    expect(trace).toMatchObject({ errors: '', lines: expect.arrayContaining(steps) });
  });

  it.concurrent.each(requestKills)(
    'killed while $operation, request $lastStep, $step: neither dangles nor leaks',
    async ({ operation, lastStep, rows }) => {
      const found = await killedAt({ operation, lastStep, watched: 'requests' });

      expect(found).toEqual({ signal: 'SIGKILL', steps: lastStep, rows, violations: [] });
    },
  );
});
