import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListObjectVersionsCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { client, createBucket, serverOptions } from '../s3/support.ts';
import { workspace } from '../support/packed-packages.ts';
import { findSnippets } from '../support/readme-snippets.ts';
import { firstFileReport } from './first-file-report.ts';
import { good, runExample } from './run-example.ts';

const { endpoint, region, credentials } = serverOptions;

describe('the example 01-first-file on S3', () => {
  it('shows the same with what its README says, and nothing else', async () => {
    const bucket = await versionedBucket();

    const ended = await runExample('01-first-file', await commandsOfReadme(bucket));

    const stdout = firstFileReport({
      location: `${endpoint.replace(/^https?/, 's3')}/${bucket}/<run>/public/`,
      publicUrl: `${endpoint}/${bucket}/<run>/public/`,
      privateUrl: `${endpoint}/${bucket}/<run>/private/`,
    });
    expect(ended).toEqual({ ...good, stdout });
    const { then, now } = await objectsOf(bucket);
    expect(then).toEqual([
      ['private/agreements/agreement_….pdf', 794],
      ['private/notes/ada/friday_….txt', 32],
      ['private/notes/ada/notes_….txt', 128],
      ['private/notes/ada/thursday_….txt', 22],
      ['public/photos/lighthouse_….png', 34_373],
      ['public/photos/portrait_….png', 34_373],
    ]);
    expect(now).toEqual(['.filefield/owner', '.filefield/owner', '.filefield/probe']);
  }, 120_000);
});

/** The README's commands from its settings on: the tests have started the server. */
async function commandsOfReadme(bucket: string): Promise<string> {
  const readme = await readFile(join(workspace, 'examples/01-first-file/README.md'), 'utf8');
  const [{ code } = { code: '' }] = findSnippets('', readme);
  const { accessKeyId, secretAccessKey } = credentials;
  return code
    .slice(code.indexOf('export '))
    .replace('npx --yes pnpm@12 demo', 'tsx src/main.ts')
    .replaceAll('http://127.0.0.1:8000', endpoint)
    .replaceAll('us-east-1', region)
    .replaceAll(/(?<=BUCKET=|\/)demo(?=\s)/g, bucket)
    .replaceAll(/(?<=SECRET_ACCESS_KEY=|test:)testsecret/g, secretAccessKey)
    .replaceAll(/(?<=ACCESS_KEY_ID=|user )test(?=[\s:])/g, accessKeyId);
}

/** Keeps what was deleted, so that it can be seen afterwards. */
async function versionedBucket(): Promise<string> {
  const Bucket = await createBucket();
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  return Bucket;
}

/** The files that there have been with their sizes, and what is there now below its alias. */
async function objectsOf(bucket: string): Promise<{ then: [string, number][]; now: string[] }> {
  const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  const versions = Versions.map(({ Key = '', Size = 0, IsLatest }) => {
    const name = Key.replace(/^[^/]*\//, '').replace(/(?<=_)[0-9a-z]{22}(?=\.)/, '…');
    return { name, size: Size, isLatest: IsLatest };
  });
  const then = versions.filter(({ name }) => !name.includes('.filefield/'));
  const now = versions.filter(({ isLatest }) => isLatest);
  return {
    then: then.map(({ name, size }) => [name, size] as [string, number]).toSorted(),
    now: now.map(({ name }) => name.replace(/^\w+\//, '')).toSorted(),
  };
}
