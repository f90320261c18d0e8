import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../support/database.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('./large-child.ts', import.meta.url));

describe('100,000 objects and as many rows', () => {
  it('are compared without being held in memory', async () => {
    const { connection } = await createDatabase();

    // Little room for what is garbage soon: what grows then is what is held.
    const options = ['--max-semi-space-size=4', script, JSON.stringify(connection), '100000'];
    const { stdout } = await run(process.execPath, options);

    expect(JSON.parse(stdout)).toEqual({
      objects: 100_000,
      references: 100_000,
      orphans: 10,
      missing: 10,
      problems: [],
      grown: expect.toSatisfy((mebibytes: number) => mebibytes <= 64, 'grew by at most 64 MiB'),
      peak: expect.any(Number),
      time: expect.any(Number),
      bare: expect.any(Number),
    });
  });
});
