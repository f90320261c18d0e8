import { expect, it } from 'vitest';
import { FieldFile } from '@filefield/core';
import { Member } from '../../examples/02-team-directory/src/member.ts';
import { openPage, takeScreenshot } from '../support/browser-page.ts';
import { lighthouse, textFile } from './files.ts';
import { focused } from './page-checks.ts';
import type { Place } from './place.ts';

/** What the pages tell, and to whom. */
export function describePages({ team }: Place): void {
  it('list all members with one query, and ask no storage', async () => {
    const em = team.em();
    for (const name of ['Hedy', 'Katherine', 'Radia', 'Karen']) {
      em.create(Member, { name, title: 'Gallery', avatar: FieldFile.fromPath(lighthouse) });
    }
    await em.flush();
    const page = await openPage();
    team.storages.public.forgetCalls();
    team.storages.private.forgetCalls();
    const queries = team.countQueries();

    const response = await page.request.get(team.url);
    const asked = [...team.storages.public.calls];
    await page.setContent(await response.text());

    expect(await page.getByText('Gallery', { exact: true }).count()).toBe(4);
    expect(queries()).toBe(1);
    expect(team.storages.private.calls).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('tell an operator what the journal lists, what is used and what was compared', async () => {
    const { id } = await team.addMember('Operator');
    const page = await openPage();
    await page.goto(`${team.url}/members/${id}`);
    await page.getByLabel('New avatar').setInputFiles(lighthouse);
    await page.getByRole('button', { name: 'Add avatar' }).click();
    await page.getByRole('button', { name: 'Remove avatar' }).click();

    await page.getByRole('link', { name: 'Operator' }).click();
    await page.getByRole('button', { name: 'Compare storages and database' }).click();

    const due = page.getByRole('row').filter({ hasText: /avatars\/lighthouse_/ });
    expect(await due.first().innerText()).toContain('released');
    await page.getByRole('row', { name: /^Member\.avatar/ }).waitFor();
    await page.getByRole('row', { name: 'Missing 0' }).waitFor();
    await takeScreenshot(page, 'operator');
  });

  it('upload with the keyboard alone', async () => {
    const { id } = await team.addMember('Keyboard');
    const page = await openPage();
    const choosing = page.waitForEvent('filechooser');
    await page.goto(`${team.url}/members/${id}`);

    await page.keyboard.press('Tab');
    expect(await page.evaluate(focused)).toBe('Skip to content');
    await page.keyboard.press('Enter');
    await page.locator('main:focus').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await (await choosing).setFiles(textFile('keys.txt', 'typed'));
    await page.keyboard.press('Tab');
    expect(await page.evaluate(focused)).toBe('Upload');
    await page.keyboard.press('Enter');

    await page.getByRole('link', { name: 'keys.txt' }).waitFor();
  });
}
