import { join } from 'node:path';
import {
  chromium,
  type Browser,
  type BrowserContextOptions,
  type ConsoleMessage,
  type Page,
} from 'playwright-core';
import { afterAll, inject, onTestFinished } from 'vitest';
import { workspace } from './packed-packages.ts';

let browser: Promise<Browser> | undefined;

/**
 * A page of a browser that knows nothing yet: no cookies, no cache, no storage. It is closed when the test ends, which
 * fails when a script of the page threw or violated the page's policy.
 */
export async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  browser ??= chromium.connect(inject('browserServer').endpoint);
  const context = await (await browser).newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => errors.push(...violation(message)));
  onTestFinished(async () => {
    await context.close();
    if (errors.length > 0) throw new Error(`The page failed: ${errors.join('; ')}`);
  });
  return page;
}

/** Keeps a picture of the page below `.tmp/screenshots/`, for people to look at. */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  const path = join(workspace, '.tmp/screenshots', `${name}.png`);
  await page.screenshot({ path, fullPage: true });
}

function violation(message: ConsoleMessage): string[] {
  return message.text().includes('Content Security Policy') ? [message.text()] : [];
}

afterAll(async () => (await browser)?.close());
