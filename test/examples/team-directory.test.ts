import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { startDirectory } from './start-directory.ts';

describe('the example 02-team-directory', () => {
  it('runs on a disk, gives its cookie with pages and not with images, and leaves nothing behind', async () => {
    const directory = await startDirectory({});

    const page = await fetch(directory.url);
    const images = await Promise.all(
      ['media/public/a.jpg', 'variants/a.b/c.webp'].map((path) => fetch(directory.url + path)),
    );
    await directory.stop();

    expect(page.status).toBe(200);
    expect(page.headers.get('set-cookie')).toMatch(/^session=/);
    expect(images.map(({ headers }) => headers.get('set-cookie'))).toEqual([null, null]);
    expect(await page.text()).toContain('<h1>Members</h1>');
    expect(await readdir(directory.temporary)).toEqual([]);
  });

  it('takes no form of another site, and none without end into memory', async () => {
    const { url } = await startDirectory({});
    const post = async (origin: string, body: string): Promise<Response> =>
      await fetch(`${url}documents/1/rename`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        body,
      });

    const foreign = await post('https://evil.example.com', 'filename=a.txt');
    const endless = await post(new URL(url).origin, `filename=${'a'.repeat(100_000)}`);

    expect(foreign.status).toBe(403);
    expect(endless.status).toBe(413);
  });
});
