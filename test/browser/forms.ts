import { describe, expect, it } from 'vitest';
import { openPage, takeScreenshot } from '../support/browser-page.ts';
import { lighthouse, textFile } from './files.ts';
import type { Team } from './start-team.ts';

/** What people do with forms. */
export function describeForms(team: Team): void {
  describe('a form without scripts', () => {
    const javaScriptEnabled = false;

    it('adds a member, whose avatar the pages show', async () => {
      const page = await openPage({ javaScriptEnabled });
      await page.goto(team.url);

      await page.getByLabel('Name').fill('Ada Lovelace');
      await page.getByLabel('Title').fill('Engines');
      await page.getByLabel('Avatar').setInputFiles(lighthouse);
      await page.getByRole('button', { name: 'Add member' }).click();

      await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
      expect(await page.evaluate(widthOfAvatar)).toBe(144);
      await page.getByRole('link', { name: 'Members' }).click();
      await page.getByRole('link', { name: 'Ada Lovelace' }).waitFor();
      await takeScreenshot(page, 'gallery');
    });

    it('says at the input why a file was refused, and keeps what was typed', async () => {
      const page = await openPage({ javaScriptEnabled });
      await page.goto(team.url);

      await page.getByLabel('Name').fill('Eve');
      await page.getByLabel('Title').fill('Guest');
      await page.getByLabel('Avatar').setInputFiles(textFile('me.png', 'no picture', 'image/png'));
      await page.getByRole('button', { name: 'Add member' }).click();

      const input = page.getByRole('button', { name: 'Avatar' });
      await page.getByText('This is not a photo').waitFor();
      expect(await input.getAttribute('aria-invalid')).toBe('true');
      expect(await page.getByLabel('Name').inputValue()).toBe('Eve');
      await takeScreenshot(page, 'refused');
    });

    it('adds a document', async () => {
      const { id } = await team.addMember('Grace');
      const page = await openPage({ javaScriptEnabled });
      await page.goto(`${team.url}/members/${id}`);

      await page.getByLabel('New document').setInputFiles(textFile('notes.txt', 'Monday'));
      await page.getByRole('button', { name: 'Upload' }).click();

      await page.getByRole('link', { name: 'notes.txt' }).waitFor();
      await page.getByText('6 bytes').waitFor();
    });
  });

  it('replaces an avatar, and removes it', async () => {
    const { id } = await team.addMember('Joan Clarke');
    const page = await openPage();
    await page.goto(`${team.url}/members/${id}`);

    await page.getByLabel('New avatar').setInputFiles(lighthouse);
    await page.getByRole('button', { name: 'Add avatar' }).click();
    await page.getByRole('button', { name: 'Replace avatar' }).waitFor();
    await page.getByRole('button', { name: 'Remove avatar' }).click();

    await page.getByRole('button', { name: 'Add avatar' }).waitFor();
    expect(await page.locator('.portrait').innerText()).toBe('JC');
  });
}

const widthOfAvatar = `(async () => {
  const avatar = document.querySelector('.portrait .shown');
  await avatar.decode();
  return avatar.naturalWidth;
})()`;
