import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { openPage, takeScreenshot } from '../support/browser-page.ts';
import { textFile } from './files.ts';
import type { Place } from './place.ts';

/** What can be done to a document. */
export function describeDocuments({ team }: Place): void {
  /** The page of a member with one document. */
  async function openDocument(filename: string, text: string): Promise<Page> {
    const { member } = await team.addDocument(filename, text);
    const page = await openPage();
    await page.goto(`${team.url}/members/${member.id}`);
    return page;
  }

  it.each([
    ['plain', 'minutes.txt'],
    ['of another alphabet', 'Žluťoučký kůň 議事録 🐎.txt'],
    ['with quotes', `O'Neill "final".txt`],
    ['with markup', '<img src=x onerror=document.title=1> & <script>.txt'],
  ])('shows a filename %s as text, and downloads under it', async (_what, filename) => {
    const { id } = await team.addMember(`Owner of ${filename}`);
    const page = await openPage();
    await page.goto(`${team.url}/members/${id}`);
    await page.getByLabel('New document').setInputFiles(textFile(filename, 'the minutes'));
    await page.getByRole('button', { name: 'Upload' }).click();

    const downloaded = await download(page, filename);

    expect(downloaded).toEqual({ filename: savedAs(filename), text: 'the minutes' });
    expect(await page.title()).toBe(`Owner of ${filename} · Team directory`);
  });

  it('downloads under the name that a user gave it', async () => {
    const page = await openDocument('draft.txt', 'a draft');
    await page.getByText('Change').click();
    await takeScreenshot(page, 'document');

    await page.getByLabel('Name', { exact: true }).fill('Závěr "1".txt');
    await page.getByRole('button', { name: 'Rename' }).click();
    const downloaded = await download(page, 'Závěr "1".txt');

    expect(downloaded).toEqual({ filename: 'Závěr _1_.txt', text: 'a draft' });
  });

  it('is replaced, and the object before it reclaimed', async () => {
    const page = await openDocument('first.txt', 'first');
    const { file: first } = await team.document('first.txt');
    await page.getByText('Change').click();

    await page.getByLabel('Another file').setInputFiles(textFile('second.txt', 'second'));
    await page.getByRole('button', { name: 'Replace' }).click();
    await page.getByRole('link', { name: 'second.txt' }).waitFor();
    await team.files.worker.drain();

    expect(await (await team.document('second.txt')).file.text()).toBe('second');
    expect(await first.exists()).toBe(false);
  });

  describe('that is deleted', () => {
    it('is reclaimed', async () => {
      const page = await openDocument('deleted.txt', 'old');
      const { file } = await team.document('deleted.txt');
      await page.getByText('Change').click();

      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await page.getByRole('link', { name: 'deleted.txt' }).waitFor({ state: 'detached' });
      await team.files.worker.drain();

      expect(await file.exists()).toBe(false);
    });

    it('with its member is reclaimed too', async () => {
      const page = await openDocument('cascaded.txt', 'old');
      const { file } = await team.document('cascaded.txt');

      await page.getByRole('button', { name: 'Delete Owner' }).click();
      await page.getByRole('heading', { name: 'Members' }).waitFor();
      await team.files.worker.drain();

      expect(await file.exists()).toBe(false);
    });
  });
}

/** Follows a link, and reads what the browser saves. */
async function download(page: Page, link: string): Promise<{ filename: string; text: string }> {
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: link }).click(),
  ]);
  const text = await new Response(ReadableStream.from(await saved.createReadStream())).text();
  return { filename: saved.suggestedFilename(), text };
}

/** Chromium puts a line in place of what file systems do not take. */
function savedAs(filename: string): string {
  return filename.replaceAll(/["<>/]/g, '_');
}
