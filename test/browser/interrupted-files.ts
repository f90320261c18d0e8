import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { largeFile } from './files.ts';
import { beginLarge, forgetFiles, isRemembered, partsOf } from './large-upload.ts';
import { openMember } from './open-member.ts';
import type { Place } from './place.ts';

/** What the page does about uploads in parts that went wrong. */
export function describeInterruptedFiles(place: Place): void {
  const { team } = place;

  it('goes on when it is chosen again after a reload, where the browser has lost it', async () => {
    const path = join(await temporaryDirectory(), 'lost.bin');
    await writeFile(path, largeFile('').buffer);
    const page = await openMember(team, 'Joan');
    const sent = partsOf(page, place);
    await beginLarge(page, path);
    await page.waitForFunction(isRemembered);
    await page.evaluate(forgetFiles);

    await page.reload();
    await page.getByText('Choose lost.bin again').waitFor();
    await page.getByLabel('New document').setInputFiles(path);
    await page.getByRole('button', { name: 'Upload' }).click();

    await page.getByRole('link', { name: 'lost.bin' }).waitFor();
    expect(sent).toHaveLength(2);
  });

  it('goes on when it is sent again after a failure', async () => {
    const page = await openMember(team, 'Radia');
    const sent = partsOf(page, place);
    const second = await beginLarge(page, largeFile('failed.bin'));

    second.drop();
    await page.getByText('Cannot reach the application').waitFor();
    await page.getByRole('button', { name: 'Upload' }).click();

    await page.getByRole('link', { name: 'failed.bin' }).waitFor();
    expect(sent).toHaveLength(2);
  });

  it('begins anew when its upload is refused for ever', async () => {
    const page = await openMember(team, 'Katherine');
    const sent = partsOf(page, place);
    const second = await beginLarge(page, largeFile('anew.bin'));

    await page.context().clearCookies();
    second.release();
    await page.getByText('it was created for somebody else').waitFor();
    await page.getByRole('button', { name: 'Upload' }).click();

    await page.getByRole('link', { name: 'anew.bin' }).waitFor();
    expect(sent).toHaveLength(3);
  });
}
