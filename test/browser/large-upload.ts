import type { Page, Request } from 'playwright-core';
import type { ChosenFile } from './files.ts';
import { heldRequest, type HeldRequest } from './held-request.ts';
import type { Place } from './place.ts';

/** Begins to upload a large file; before its second part is sent, the page waits. */
export async function beginLarge(page: Page, file: ChosenFile | string): Promise<HeldRequest> {
  const second = await heldRequest(page, /\/uploads\/sign$/, isSecondPart);
  await page.getByLabel('New document').setInputFiles(file);
  await page.getByRole('button', { name: 'Upload' }).click();
  await second.begun;
  return second;
}

/** The parts that a page sends from now on. */
export function partsOf(page: Page, { isPart }: Place): Request[] {
  const sent: Request[] = [];
  page.on('requestfinished', (request) => sent.push(...(isPart(request) ? [request] : [])));
  return sent;
}

/** Whether Uppy has noted the upload, which it does twice in a second, and has kept the file. */
export const isRemembered = `new Promise((resolve) => {
  indexedDB.open('uppy-blobs').onsuccess = ({ target: { result: database } }) => {
    const transaction = database.transaction(['metadata', 'files']);
    const notes = transaction.objectStore('metadata').getAll();
    const files = transaction.objectStore('files').count();
    transaction.oncomplete = () => {
      database.close();
      const isNoted = notes.result.some(({ metadata }) => metadata.includes('"s3Multipart":{'));
      resolve(isNoted && files.result > 0);
    };
  };
})`;

/** What a browser does that runs out of room. */
export const forgetFiles = `new Promise((resolve) => {
  indexedDB.open('uppy-blobs').onsuccess = ({ target: { result: database } }) => {
    const transaction = database.transaction('files', 'readwrite');
    transaction.objectStore('files').clear();
    transaction.oncomplete = resolve;
  };
})`;

/** Whether a request asks for the signature of the second part. */
function isSecondPart(request: Request): boolean {
  const { step } = request.postDataJSON() as { step: { partNumber?: number } };
  return step.partNumber === 2;
}
