import type { Page } from 'playwright-core';
import { openPage } from '../support/browser-page.ts';
import type { Team } from './start-team.ts';

/** The page of a member who has no document yet. */
export async function openMember(team: Team, name: string): Promise<Page> {
  const { id } = await team.addMember(name);
  const page = await openPage();
  await page.goto(`${team.url}/members/${id}`);
  return page;
}
