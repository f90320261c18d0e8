import type { Page, Request } from 'playwright-core';
import { expect, it } from 'vitest';
import { openPage, takeScreenshot } from '../support/browser-page.ts';
import { largeFile } from './files.ts';
import { heldRequest } from './held-request.ts';
import type { Place } from './place.ts';

/** What happens to files that are sent in parts. */
export function describeLargeFiles({ team, isPart, unfinished }: Place): void {
  async function openMember(name: string): Promise<Page> {
    const { id } = await team.addMember(name);
    const page = await openPage();
    await page.goto(`${team.url}/members/${id}`);
    return page;
  }

  /** Begins to upload a large file; its second part is held. */
  async function begin(page: Page, filename: string): Promise<() => void> {
    const second = await heldRequest(page, isNth(2, isPart));
    await page.getByLabel('New document').setInputFiles(largeFile(filename));
    await page.getByRole('button', { name: 'Upload' }).click();
    await second.begun;
    return second.release;
  }

  it('is paused and resumed', async () => {
    const page = await openMember('Paused');
    const release = await begin(page, 'paused.bin');

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused').waitFor();
    await takeScreenshot(page, 'paused');
    release();
    await page.getByRole('button', { name: 'Resume' }).click();

    await page.getByRole('link', { name: 'paused.bin' }).waitFor();
    expect((await team.document('paused.bin')).file.size).toBe(11 * 1024 * 1024);
  });

  it('goes on after the page was loaded again, without sending a part twice', async () => {
    const page = await openMember('Reloaded');
    const sent: Request[] = [];
    page.on('requestfinished', (request) => sent.push(...(isPart(request) ? [request] : [])));
    await begin(page, 'reloaded.bin');

    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.reload();

    await page.getByRole('link', { name: 'reloaded.bin' }).waitFor();
    const { file } = await team.document('reloaded.bin');
    expect(Buffer.from(await file.bytes()).equals(largeFile('').buffer)).toBe(true);
    expect(sent).toHaveLength(3);
  });

  it('is cancelled, and leaves nothing unfinished', async () => {
    const page = await openMember('Aborted');
    const release = await begin(page, 'aborted.bin');
    expect(await unfinished()).toHaveLength(1);

    await page.getByRole('button', { name: 'Cancel' }).click();
    release();

    await page.getByText('Cancelled').waitFor();
    await expect.poll(unfinished).toEqual([]);
  });
}

function isNth(wanted: number, isSuch: (request: Request) => boolean): typeof isSuch {
  let count = 0;
  return (request) => isSuch(request) && (count += 1) === wanted;
}
