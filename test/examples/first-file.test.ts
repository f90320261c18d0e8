import { describe, expect, it } from 'vitest';
import { firstFileReport } from './first-file-report.ts';
import { good, runExample } from './run-example.ts';

const example = '01-first-file';

describe('the example 01-first-file', () => {
  it('shows what a file field does', async () => {
    const ended = await runExample(example, 'tsx src/main.ts');

    const stdout = firstFileReport({
      location: 'file://<temporary>/<run>/media/public/',
      publicUrl: '/media/public/',
      privateUrl: '/media/private/',
    });
    expect(ended).toEqual({ ...good, stdout });
  }, 120_000);

  it('ends with exit code 1 when something fails, and leaves nothing either', async () => {
    const PGOPTIONS = '--no_such_setting=1';

    const ended = await runExample(example, 'tsx src/main.ts', { PGOPTIONS });

    const stderr = expect.stringContaining('no_such_setting');
    expect(ended).toEqual({ ...good, code: 1, stdout: '', stderr });
  }, 120_000);
});
