import { describe, expect, it } from 'vitest';
import { openPage, takeScreenshot } from '../support/browser-page.ts';
import { dangling, nameless, pale, twice } from './page-checks.ts';
import type { Team } from './start-team.ts';

/** How the pages are for those who look, and for those who do not. */
export function describeLayout(team: Team): void {
  describe.each<[string, (id: number) => string]>([
    ['of all members', () => '/'],
    ['of a member', (id) => `/members/${id}`],
    ['of all photos', () => '/photos'],
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
}
