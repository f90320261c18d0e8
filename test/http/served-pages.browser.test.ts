import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryStorage } from '@filefield/core';
import { serveFile } from '@filefield/http';
import { nodeHandler } from '@filefield/http/node';
import { describe, expect, it } from 'vitest';
import { openPage } from '../support/browser-page.ts';
import { workspace } from '../support/packed-packages.ts';
import { running } from './sites.ts';

const storage = new MemoryStorage();
const script = 'document.title = "ran"';
await storage.save('sound.wav', silence(44_100));
await storage.save(
  'photo.png',
  await readFile(join(workspace, 'examples/01-first-file/files/lighthouse.png')),
);
await storage.save('notes.txt', `Grüße <script>${script}</script>`);
await storage.save('page.html', `<!doctype html><p>Hello</p><script>${script}</script>`);
await storage.save(
  'drawing.svg',
  `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>${script}</script></svg>`,
);
const { url } = await running(
  nodeHandler(async (request) => {
    const name = new URL(request.url).pathname.slice(1);
    const inlineTypes = new URL(request.url).search === '' ? [] : ['text/html', 'image/svg+xml'];
    if (name === '') return new Response(null, { headers: { 'content-type': 'text/html' } });
    return serveFile({ storage, name }, request, { inlineTypes });
  }),
);

/** A WAV file without a sound. */
function silence(samples: number): Uint8Array {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples, 4);
  head.write('WAVEfmt ', 8);
  for (const [offset, value] of [
    [16, 16],
    [24, 44_100],
    [28, 44_100],
  ] as const) {
    head.writeUInt32LE(value, offset);
  }
  for (const [offset, value] of [
    [20, 1],
    [22, 1],
    [32, 1],
    [34, 8],
  ] as const) {
    head.writeUInt16LE(value, offset);
  }
  head.write('data', 36);
  head.writeUInt32LE(samples, 40);
  return Buffer.concat([head, Buffer.alloc(samples, 128)]);
}

describe('a browser', () => {
  it('plays a sound in its player', async () => {
    const page = await openPage();

    await page.goto(`${url}/sound.wav`);

    await page.waitForFunction('document.querySelector("video").readyState === 4');
    expect(await page.evaluate('document.querySelector("video").duration')).toBe(1);
  });

  it('shows a picture', async () => {
    const page = await openPage();

    await page.goto(`${url}/photo.png`);

    expect(await page.evaluate('document.querySelector("img").naturalWidth')).toBe(480);
  });

  it('shows a text as a text', async () => {
    const page = await openPage();

    await page.goto(`${url}/notes.txt`);

    expect(await page.textContent('body')).toBe(`Grüße <script>${script}</script>`);
    expect(await page.title()).toBe('');
  });

  it.each(['page.html', 'drawing.svg'])('saves what could run: %s', async (name) => {
    const page = await openPage();
    await page.goto(url);

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.evaluate(`void location.assign('/${name}')`),
    ]);

    expect(download.suggestedFilename()).toBe(name);
  });

  it.each(['page.html', 'drawing.svg'])('runs no script where it is shown: %s', async (name) => {
    const page = await openPage();

    await page.goto(`${url}/${name}?inline`);

    expect(await page.content()).toContain('script');
    expect(await page.title()).not.toBe('ran');
  });

  it('shows an SVG within a page, as a picture', async () => {
    const page = await openPage();
    await page.goto(url);

    await page.setContent(`<img src="${url}/drawing.svg">`);

    expect(await page.evaluate('document.querySelector("img").decode()')).toBeUndefined();
    expect(await page.evaluate('document.querySelector("img").naturalWidth')).toBe(9);
  });
});
