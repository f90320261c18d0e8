import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page, Request } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { openPage, takeScreenshot } from '../support/browser-page.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { largeFile, largeSize, type ChosenFile } from './files.ts';
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
  async function begin(page: Page, file: ChosenFile | string): Promise<() => void> {
    const second = await heldRequest(page, /\/uploads\/sign$/, isSecondPart);
    await page.getByLabel('New document').setInputFiles(file);
    await page.getByRole('button', { name: 'Upload' }).click();
    await second.begun;
    return second.release;
  }

  /** The parts that a page has sent. */
  function partsOf(page: Page): Request[] {
    const sent: Request[] = [];
    page.on('requestfinished', (request) => sent.push(...(isPart(request) ? [request] : [])));
    return sent;
  }

  it('is paused and resumed', async () => {
    const page = await openMember('Ada');
    const release = await begin(page, largeFile('paused.bin'));

    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText('Paused', { exact: true }).waitFor();
    await takeScreenshot(page, 'paused');
    release();
    await page.getByRole('button', { name: 'Resume' }).click();

    await page.getByRole('link', { name: 'paused.bin' }).waitFor();
    expect((await team.document('paused.bin')).file.size).toBe(largeSize);
  });

  describe('whose page was loaded again', () => {
    it('goes on, and sends no part twice', async () => {
      const page = await openMember('Grace');
      const sent = partsOf(page);
      await begin(page, largeFile('reloaded.bin'));
      await page.waitForFunction(isRemembered);

      await page.reload();

      await page.getByRole('link', { name: 'reloaded.bin' }).waitFor();
      const { file } = await team.document('reloaded.bin');
      expect(Buffer.from(await file.bytes()).equals(largeFile('').buffer)).toBe(true);
      expect(sent).toHaveLength(2);
    });

    it('goes on when the file is chosen again, where the browser has lost it', async () => {
      const path = join(await temporaryDirectory(), 'lost.bin');
      await writeFile(path, largeFile('').buffer);
      const page = await openMember('Joan');
      const sent = partsOf(page);
      await begin(page, path);
      await page.waitForFunction(isRemembered);
      await page.evaluate(forgetFiles);

      await page.reload();
      await page.getByText('Choose lost.bin again').waitFor();
      await page.getByLabel('New document').setInputFiles(path);
      await page.getByRole('button', { name: 'Upload' }).click();

      await page.getByRole('link', { name: 'lost.bin' }).waitFor();
      expect(sent).toHaveLength(2);
    });
  });

  it('begins again where it may not go on any more', async () => {
    const page = await openMember('Katherine');
    await begin(page, largeFile('again.bin'));
    await page.waitForFunction(isRemembered);
    await page.context().clearCookies();

    await page.reload();
    await page.getByText('Cannot').first().waitFor();
    await page.getByLabel('New document').setInputFiles(largeFile('again.bin'));
    await page.getByRole('button', { name: 'Upload' }).click();

    await page.getByRole('link', { name: 'again.bin' }).waitFor();
  });

  it('is cancelled, and leaves nothing unfinished', async () => {
    const page = await openMember('Hedy');
    const before = await unfinished();
    const release = await begin(page, largeFile('aborted.bin'));
    expect(await unfinished()).toHaveLength(before.length + 1);

    await page.getByRole('button', { name: 'Cancel' }).click();
    release();

    await page.getByText('Cancelled').waitFor();
    await expect.poll(unfinished).toEqual(before);
  });
}

/** Whether Uppy has noted the upload, which it does twice in a second. */
const isRemembered = `new Promise((resolve) => {
  indexedDB.open('uppy-blobs').onsuccess = ({ target: { result: database } }) => {
    const all = database.transaction('metadata').objectStore('metadata').getAll();
    all.onsuccess = () => {
      database.close();
      resolve(all.result.some(({ metadata }) => metadata.includes('"s3Multipart":{')));
    };
  };
})`;

/** What a browser does that runs out of room. */
const forgetFiles = `new Promise((resolve) => {
  indexedDB.open('uppy-blobs').onsuccess = ({ target: { result: database } }) => {
    const transaction = database.transaction('files', 'readwrite');
    transaction.objectStore('files').clear();
    transaction.oncomplete = resolve;
  };
})`;

/** Whether a request asks for the signature of the second part. */
function isSecondPart(request: Request): boolean {
  const { step } = request.postDataJSON() as { step: { partNumber?: number } };
  return step.partNumber === 2;
}
