import { PutBucketCorsCommand } from '@aws-sdk/client-s3';
import { corsRules } from '@filefield/s3';
import { describe } from 'vitest';
import '../support/s3-started.ts';
import { client, createBucket, createStorage, openUploads, serverOptions } from '../s3/support.ts';
import { startTeam } from './start-team.ts';
import { describeTeamDirectory } from './team-directory.ts';

const bucket = await createBucket();
const team = await startTeam({
  public: createStorage({ bucket, prefix: 'public/', visibility: 'public', signedUrls: true }),
  private: createStorage({ bucket, prefix: 'private/' }),
});
const CORSConfiguration = corsRules({ origins: [team.url] });
await client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration }));

describe('the team directory on S3', () => {
  describeTeamDirectory({
    team,
    uploads: new RegExp(`^${serverOptions.endpoint}`),
    isUpload: (request) =>
      request.method() === 'POST' && request.url().startsWith(serverOptions.endpoint),
    isPart: (request) =>
      request.method() === 'PUT' && new URL(request.url()).searchParams.has('partNumber'),
    unfinished: async () => openUploads(bucket),
  });
});
