import { describe, expect, it } from 'vitest';
import { FieldFile } from '@filefield/core';
import { Member } from '../../examples/02-team-directory/src/member.ts';
import { openPage, takeScreenshot } from '../support/browser-page.ts';
import { lighthouse, textFile } from './files.ts';
import { dangling, focused, nameless, pale, twice } from './page-checks.ts';
import type { Place } from './place.ts';

/** How the pages are for those who look, and for those who do not. */
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

  describe.each<[string, (id: number) => string]>([
    ['of all members', () => '/'],
    ['of a member', (id) => `/members/${id}`],
    ['for the operator', () => '/operator'],
  ])('the page %s', (what, pathOf) => {
    it('fits on a phone, and can be read there in the dark', async () => {
      const { id } = await team.addMember('Wolfeschlegelsteinhausenbergerdorff');
      const page = await openPage({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' });

      await page.goto(team.url + pathOf(id));

      await takeScreenshot(page, `phone ${what}`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      expect(await page.evaluate(pale)).toEqual([]);
    });

    it('can be read in the light, and names whatever can be used', async () => {
      const { id } = await team.addMember('Labels');
      const page = await openPage({ colorScheme: 'light' });

      await page.goto(team.url + pathOf(id));

      expect(await page.evaluate(pale)).toEqual([]);
      expect(await page.evaluate(nameless)).toEqual([]);
      expect(await page.evaluate(twice)).toEqual([]);
      expect(await page.evaluate(dangling)).toEqual([]);
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    });
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
