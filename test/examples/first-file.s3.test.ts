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
    const { kept, deleted } = await objectsOf(bucket);
    expect(deleted).toEqual(everyFile);
    expect(kept).toEqual(['.filefield/owner', '.filefield/owner', '.filefield/probe']);
  }, 120_000);
});

const everyFile = [
  'private/agreements/agreement_….pdf 794',
  'private/notes/ada/friday_….txt 32',
  'private/notes/ada/notes_….txt 128',
  'private/notes/ada/thursday_….txt 22',
  'public/photos/lighthouse_….png 34373',
  'public/photos/portrait_….png 34373',
];

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

/** Deleted files with their sizes, and what is there. */
async function objectsOf(bucket: string): Promise<{ deleted: string[]; kept: string[] }> {
  const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  const { deleted = [], kept = [] } = Object.groupBy(Versions, ({ IsLatest }) =>
    IsLatest === true ? 'kept' : 'deleted',
  );
  return {
    deleted: deleted
      .map(({ Key = '', Size }) => `${Key.replace(/^[^/]*\//, '')} ${Size}`)
      .filter((object) => !object.includes('/.filefield/'))
      .map((object) => object.replace(/(?<=_)[0-9a-z]{22}(?=\.)/, '…'))
      .toSorted(),
    kept: kept.map(({ Key = '' }) => Key.replace(/^[^/]*\/[^/]*\//, '')).toSorted(),
  };
}
