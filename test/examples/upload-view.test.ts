import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { FileSystemStorage } from '@filefield/core';
import { describe, inject } from 'vitest';
import { describeUploadAnswers } from './upload-answers.ts';
import { startUploadServer } from './upload-server.ts';

const directory = await mkdtemp(join(inject('testRun').directory, 'uploads-'));
const server = await startUploadServer({ TMPDIR: directory });
const storage = new FileSystemStorage({ location: join(directory, 'filefield-uploads') });

describe('the example 05-upload-view on a disk', () => {
  describeUploadAnswers({ server, storage, place: 'storage uploads' });
});
