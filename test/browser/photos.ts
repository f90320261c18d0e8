import { FieldFile } from '@filefield/core';
import { expect, it } from 'vitest';
import { Photo } from '../../examples/02-team-directory/src/photo.ts';
import { openPage, takeScreenshot } from '../support/browser-page.ts';
import { bytes, jpeg, zip } from '../support/image-bytes.ts';
import { coloursOf, phonePhoto, quarters } from '../support/photographs.ts';
import { photograph } from './files.ts';
import { openMember } from './open-member.ts';
import type { Place } from './place.ts';
import type { Team } from './start-team.ts';

/** How photos come into the pages, and what is kept out of them. */
export function describePhotos({ team }: Place): void {
  it('as a telephone takes it becomes an upright avatar in the size of the page', async () => {
    const page = await openMember(team, 'Margaret Hamilton');
    const buffer = await phonePhoto(6, quarters(4000, 3000));
    const file = { name: 'IMG_0001.jpg', mimeType: 'image/jpeg', buffer };

    await page.getByLabel('New avatar').setInputFiles(file);
    await page.getByRole('button', { name: 'Add avatar' }).click();
    await page.getByRole('button', { name: 'Replace avatar' }).waitFor();

    const [shown = ''] = await page.evaluate<string[]>(sources);
    const image = await (await page.request.get(shown)).body();
    expect(shown).toMatch(/\.jpg\.v\/medium-\w+\.webp/);
    expect(await coloursOf(image)).toEqual(['red', 'green', 'blue', 'white']);
  });
}

/** What is the same wherever the photos are kept. */
export function describePhotosOnDisk({ team }: Place): void {
  it('is blurred until it is there, and fits its window', async () => {
    await addPhotos(team);
    const page = await openPage({ viewport: { width: 390, height: 2500 } });
    const arrived = Promise.withResolvers<void>();
    await page.route(/\.v\//, async (route) => arrived.promise.then(() => route.continue()));

    await page.goto(`${team.url}/photos`, { waitUntil: 'domcontentloaded' });
    await page.locator('.awaited').nth(3).waitFor({ state: 'attached' });
    const blurred = await page.evaluate(widths('.blurred'));
    await takeScreenshot(page, 'photos, blurred');
    arrived.resolve();
    await page.locator('.awaited').first().waitFor({ state: 'detached' });

    expect(blurred).toEqual([32, 32, 32, 32]);
    expect(await page.evaluate(widths('.shown'))).not.toContain(0);
    expect(await page.evaluate(sources)).toEqual(Array(4).fill(expect.stringContaining('.jpg.v/')));
    expect(await page.evaluate(scrollWidth)).toBe(390);
    await takeScreenshot(page, 'photos, phone');
    await page.setViewportSize({ width: 1280, height: 900 });
    expect(await page.evaluate(scrollWidth)).toBe(1280);
    await takeScreenshot(page, 'photos, desktop');
  });

  it.each([
    ['a page', '<!doctype html><script>alert(1)</script>', 'This is not a photo that we can show'],
    ['a photo with an archive behind it', bytes(jpeg(), zip()), 'is followed by a zip archive'],
    ['a photo without pixels', jpeg(), 'the image cannot be decoded'],
  ])('is refused where it is %s, and the form says why', async (what, content, reason) => {
    const page = await openMember(team, `Guest with ${what}`);
    const file = { name: 'me', mimeType: 'image/jpeg', buffer: Buffer.from(content) };

    await page.getByLabel('New avatar').setInputFiles(file);
    await page.getByRole('button', { name: 'Add avatar' }).click();

    await page.getByText(reason).waitFor();
    expect(await page.locator('span.portrait').innerText()).toMatch(/^G\w$/);
  });

  it('is shown smaller before the worker has been there', async () => {
    const em = team.em();
    em.create(Photo, { caption: 'New', image: FieldFile.fromPath(photograph('coffee')) });
    await em.flush();
    const page = await openPage();

    await page.goto(`${team.url}/photos`, { waitUntil: 'networkidle' });

    const first = await page.evaluate<string>(`${sources}[0]`);
    expect(first).toMatch(/^http:\/\/[\w.:]+\/variants\/[\w.-]+\/\w+-\w+\.webp$/);
    expect(await page.evaluate(`document.querySelector('.shown').naturalWidth`)).not.toBe(0);
  });

  it('is opened, and deleted with all that was made of it', async () => {
    const { caption, image } = (await addPhotos(team, captions.slice(-1))).at(-1)!;
    const page = await openPage();
    await page.goto(`${team.url}/photos`);

    await page.getByRole('link', { name: caption }).first().click();
    await page.getByRole('heading', { name: caption }).waitFor();
    await takeScreenshot(page, 'photo');
    await page.getByRole('button', { name: 'Delete photo' }).click();
    await page.getByRole('heading', { name: 'Photos' }).waitFor();
    await team.files.worker.drain();

    const { directories, files } = await team.storages.public.list(`${image.name}.v`);
    expect([directories, files, await image.exists()]).toEqual([[], [], false]);
  });
}

/** Adds photographs, as the worker leaves them. */
async function addPhotos(team: Team, added: readonly Captioned[] = captions): Promise<Photo[]> {
  const forked = team.em();
  for (const [name, caption] of added) {
    forked.create(Photo, { caption, image: FieldFile.fromPath(photograph(name)) });
  }
  await forked.flush();
  await team.files.worker.drain();
  return await team.em().find(Photo, {}, { orderBy: { id: 'asc' } });
}

type Captioned = readonly [name: Parameters<typeof photograph>[0], caption: string];

const captions: readonly Captioned[] = [
  ['galaxies', 'As far as anybody has seen'],
  ['coffee', 'Monday morning'],
  ['raccoon', 'The neighbour who knows when the bins are out'],
  ['astronaut', 'Eileen, before her first flight as pilot'],
];

const scrollWidth = 'document.documentElement.scrollWidth';
const sources = `[...document.querySelectorAll('.shown')].map(({ currentSrc }) => currentSrc)`;

function widths(selector: string): string {
  return `[...document.querySelectorAll('${selector}')].map((image) => image.naturalWidth)`;
}
