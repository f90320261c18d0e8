import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { startDirectory } from './start-directory.ts';

describe('the example 02-team-directory', () => {
  it('runs on a disk, and leaves nothing behind', async () => {
    const directory = await startDirectory({});

    const page = await fetch(directory.url);
    await directory.stop();

    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<h1>Members</h1>');
    expect(await readdir(directory.temporary)).toEqual([]);
  });
});
