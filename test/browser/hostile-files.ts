import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { openPage } from '../support/browser-page.ts';
import type { Place } from './place.ts';

const script = `<script>fetch('/owned')</script>`;
const page = `<!doctype html><title>Evil</title>${script}<img src=x onerror="fetch('/owned')">`;
const picture = `<svg xmlns="http://www.w3.org/2000/svg" onload="fetch('/owned')">${script}</svg>`;
const wrapped = `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">${script}</html>`;

/** What becomes of scripts that somebody hides in files. */
export function describeHostileFiles({ team }: Place): void {
  /** URLs of a file as the application hands them out. */
  async function urlOf(filename: string, text: string): Promise<string> {
    const { file } = await team.addDocument(filename, text);
    return new URL(file.url, team.url).href;
  }

  it.each([
    ['a page', 'evil.html', page],
    ['a picture', 'evil.svg', picture],
    ['XHTML', 'evil.xhtml', wrapped],
    ['a page that calls itself a text', 'evil.txt', page],
    ['a page that calls itself a photo', 'evil.png', page],
  ])('runs no script of %s, opened or shown in a page', async (_what, filename, text) => {
    const browser = await openPage();
    const asked = ownedBy(browser);
    const url = await urlOf(filename, text);

    await open(browser, url);
    await browser.goto('about:blank');
    await browser.setContent(
      `<img src="${url}"><iframe src="${url}"></iframe><object data="${url}"></object>`,
    );
    await browser.waitForLoadState('networkidle');

    expect(asked).toEqual([]);
  });

  it('runs one where nothing protects the site: it would be seen', async () => {
    const browser = await openPage();
    const asked = ownedBy(browser);
    await browser.route('**/evil.html', (route) =>
      route.fulfill({ body: page, contentType: 'text/html' }),
    );

    await open(browser, `${team.url}/evil.html`);
    await browser.waitForLoadState('networkidle');

    expect(asked).not.toEqual([]);
  });
}

/** Requests that only a script of the attacker makes. */
function ownedBy(browser: Page): string[] {
  const asked: string[] = [];
  browser.context().on('request', (request) => {
    if (request.url().endsWith('/owned')) asked.push(request.url());
  });
  return asked;
}

/** Opens a URL; one that is downloaded is no page. */
async function open(browser: Page, url: string): Promise<void> {
  await browser.goto(url).catch((error: Error) => {
    if (!error.message.includes('Download is starting')) throw error;
  });
}
