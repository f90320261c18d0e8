import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { FileSystemStorage } from '@filefield/core';
import { describe, expect, inject, it } from 'vitest';
import { textFile } from './files.ts';
import { heldRequest } from './held-request.ts';
import { describeInterruptedFiles } from './interrupted-files.ts';
import { describeLayout } from './layout.ts';
import { openMember } from './open-member.ts';
import { describePhotosOnDisk } from './photos.ts';
import type { Place } from './place.ts';
import { describeTeamDirectory } from './team-directory.ts';
import { startTeam } from './start-team.ts';

const directory = await mkdtemp(join(inject('testRun').directory, 'team-'));
const keys = ['a key of the tests that is long enough'];
const documents = new FileSystemStorage({
  location: join(directory, 'private'),
  baseUrl: '/media/private/',
  uploadUrl: '/uploads',
  keys,
});
const avatars = new FileSystemStorage({
  location: join(directory, 'public'),
  baseUrl: '/media/public/',
  visibility: 'public',
});
const team = await startTeam({ public: avatars, private: documents });

const uploads = /\/uploads\?grant=/;

describe('the team directory on a disk', () => {
  const place: Place = {
    team,
    uploads,
    isUpload: (request) => request.url().includes('/uploads?grant='),
    isPart: (request) => request.method() === 'PUT' && request.url().includes('/uploads?grant='),
    unfinished: async () => Array.fromAsync(documents.unfinished(), ({ name }) => name),
  };
  describeTeamDirectory(place);
  describe('a large file', () => describeInterruptedFiles(place));
  describe('a photo', () => describePhotosOnDisk(place));

  describeLayout(team);

  it('says why the storage refuses bytes: here they have arrived before', async () => {
    const page = await openMember(team, 'Frances');
    await page.getByLabel('New document').setInputFiles(textFile('twice.txt', 'once'));
    const sent = await heldRequest(page, uploads, () => true);

    await page.getByRole('button', { name: 'Upload' }).click();
    const first = await page.request.fetch(await sent.begun);
    expect(first.ok()).toBe(true);
    sent.release();

    await page.getByText(/^Cannot upload: the storage answered 4\d\d \w+$/).waitFor();
  });
});
