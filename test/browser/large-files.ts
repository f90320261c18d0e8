import { expect, it } from 'vitest';
import { takeScreenshot } from '../support/browser-page.ts';
import { largeFile, largeSize } from './files.ts';
import { beginLarge, isRemembered, partsOf } from './large-upload.ts';
import { openMember } from './open-member.ts';
import type { Place } from './place.ts';

/** What happens to files that are sent in parts. */
export function describeLargeFiles(place: Place): void {
  const { team, unfinished } = place;

  it('is paused and resumed', async () => {
    const page = await openMember(team, 'Ada');
    const second = await beginLarge(page, largeFile('paused.bin'));

    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText('Paused', { exact: true }).waitFor();
    await takeScreenshot(page, 'paused');
    second.release();
    await page.getByRole('button', { name: 'Resume' }).click();

    await page.getByRole('link', { name: 'paused.bin' }).waitFor();
    expect((await team.document('paused.bin')).file.size).toBe(largeSize);
  });

  it('goes on after the page was loaded again, and sends no part twice', async () => {
    const page = await openMember(team, 'Grace');
    const sent = partsOf(page, place);
    await beginLarge(page, largeFile('reloaded.bin'));
    await page.waitForFunction(isRemembered);

    await page.reload();

    await page.getByRole('link', { name: 'reloaded.bin' }).waitFor();
    const { file } = await team.document('reloaded.bin');
    expect(Buffer.from(await file.bytes()).equals(largeFile('').buffer)).toBe(true);
    expect(sent).toHaveLength(2);
  });

  it('is cancelled, and leaves nothing unfinished', async () => {
    const page = await openMember(team, 'Hedy');
    const before = await unfinished();
    const second = await beginLarge(page, largeFile('aborted.bin'));
    expect(await unfinished()).toHaveLength(before.length + 1);

    await page.getByRole('button', { name: 'Cancel' }).click();
    second.release();

    await page.getByText('Cancelled').waitFor();
    await expect.poll(unfinished, { timeout: 10_000 }).toEqual(before);
  });
}
