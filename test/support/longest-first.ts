import { BaseSequencer, type TestSpecification } from 'vitest/node';

const long = [
  'crash/storm',
  'crash/s3-kills',
  'crash/kills',
  's3/storage-contract',
  'crash/disk-kills',
  'mappings/mappings',
];

/** Within a project the files that take longest start first: one that starts last leaves the other workers idle. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- The sequencer's own method, no array's.
    const sorted = await super.sort(files);
    const projects = Map.groupBy(sorted, ({ project }) => project.name);
    return [...projects.values()].flatMap((all) => all.toSorted((a, b) => rank(a) - rank(b)));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = long.findIndex((part) => moduleId.includes(part));
  return index === -1 ? long.length : index;
}
