import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Request } from 'playwright-core';
import { takeScreenshot } from '../support/browser-page.ts';
import { textFile } from './files.ts';
import { heldRequest } from './held-request.ts';
import { openMember } from './open-member.ts';
import type { Place } from './place.ts';

/** What happens to files that scripts send straight to the storage. */
export function describeDirectUploads({ team, uploads, isUpload }: Place): void {
  it('sends the bytes to the storage, and shows how far they are', async () => {
    const page = await openMember(team, 'Ada');
    const sent = await heldRequest(page, uploads, isUpload);

    await page
      .getByLabel('New document')
      .setInputFiles(textFile('report.txt', 'x'.repeat(300_000)));
    await page.getByRole('button', { name: 'Upload' }).click();

    await sent.begun;
    await page.getByRole('progressbar', { name: 'Upload' }).waitFor();
    expect(await page.getByRole('status').first().innerText()).toBe('Uploading report.txt');
    await takeScreenshot(page, 'uploading');
    sent.release();
    await page.getByRole('link', { name: 'report.txt' }).waitFor();
  });

  it('hands the application no byte of the file, only a token', async () => {
    const page = await openMember(team, 'Grace');
    const posted = page.waitForRequest(/\/members\/\d+\/documents$/);

    await page.getByLabel('New document').setInputFiles(textFile('secret.txt', 'top secret'));
    await page.getByRole('button', { name: 'Upload' }).click();

    const body = (await posted).postData() ?? '';
    expect(body).toContain('name="token"');
    expect(body).not.toContain('top secret');
    await page.getByRole('link', { name: 'secret.txt' }).waitFor();
  });

  it('takes a file that is dropped on the form', async () => {
    const page = await openMember(team, 'Hedy');
    const dropped = await page.evaluateHandle(
      `(() => {
        const data = new DataTransfer();
        data.items.add(new File(['dropped'], 'dropped.txt', { type: 'text/plain' }));
        return data;
      })()`,
    );

    const form = page.locator('form').filter({ has: page.getByLabel('New document') });
    await form.dispatchEvent('dragover', { dataTransfer: dropped });
    await form.dispatchEvent('drop', { dataTransfer: dropped });

    await page.getByRole('link', { name: 'dropped.txt' }).waitFor();
  });

  it('says why the application refuses a file, before a byte is sent', async () => {
    const page = await openMember(team, 'Radia');
    const sent: Request[] = [];
    page.on('request', (request) => sent.push(...(isUpload(request) ? [request] : [])));

    await page.getByLabel('New document').setInputFiles(textFile('empty.txt', ''));
    await page.getByRole('button', { name: 'Upload' }).click();

    await page.getByRole('status').filter({ hasText: 'the file is empty' }).waitFor();
    expect(sent).toEqual([]);
  });

  it('says when the storage does not answer', async () => {
    const page = await openMember(team, 'Mary');
    await page.route(uploads, (route) => route.abort());

    await page.getByLabel('New document').setInputFiles(textFile('lost.txt', 'lost'));
    await page.getByRole('button', { name: 'Upload' }).click();

    await page.getByText('Cannot upload: the storage did not answer').waitFor();
  });

  it('can be cancelled, and started again', async () => {
    const page = await openMember(team, 'Karen');
    const sent = await heldRequest(page, uploads, isUpload);
    await page.getByLabel('New document').setInputFiles(textFile('plans.txt', 'plans'));

    await page.getByRole('button', { name: 'Upload' }).click();
    await sent.begun;
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Cancelled').waitFor();
    sent.drop();
    await page.getByRole('button', { name: 'Upload' }).click();

    await page.getByRole('link', { name: 'plans.txt' }).waitFor();
  });

  it('stores what was sent, byte for byte', async () => {
    const page = await openMember(team, 'Joan');
    const text = 'every byte '.repeat(50_000);

    await page.getByLabel('New document').setInputFiles(textFile('bytes.txt', text));
    await page.getByRole('button', { name: 'Upload' }).click();

    await page.getByRole('link', { name: 'bytes.txt' }).waitFor();
    const { file } = await team.document('bytes.txt');
    const sha256 = createHash('sha256').update(text).digest('hex');
    expect(
      createHash('sha256')
        .update(await file.bytes())
        .digest('hex'),
    ).toBe(sha256);
  });
}
