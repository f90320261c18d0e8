import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { FileSystemStorage } from '@filefield/core';
import { describe, inject } from 'vitest';
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

describe('the team directory on a disk', () => {
  describeTeamDirectory({
    team,
    uploads: /\/uploads\?grant=/,
    isUpload: (request) => request.url().includes('/uploads?grant='),
    isPart: (request) => request.method() === 'PUT' && request.url().includes('/uploads?grant='),
    unfinished: async () => Array.fromAsync(documents.unfinished(), ({ name }) => name),
  });
});
