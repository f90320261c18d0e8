import { describe, expect, it } from 'vitest';
import { createBucket, createStorage, serverOptions } from '../s3/support.ts';
import { describeUploadAnswers } from './upload-answers.ts';
import { photo, startUploadServer } from './upload-server.ts';

const { endpoint, region, credentials } = serverOptions;
const bucket = await createBucket();
const storage = createStorage({ bucket, prefix: '' });
const server = await startUploadServer({
  USE_REMOTE_STORAGE: '1',
  FILEFIELD_S3_BUCKET: bucket,
  FILEFIELD_S3_REGION: region,
  FILEFIELD_S3_ENDPOINT: endpoint,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
});

describe('the example 05-upload-view on S3', () => {
  describeUploadAnswers({ server, storage, place: `bucket ${bucket}` });

  it('answers a URL that opens the file', async () => {
    const file = await photo('opens.png');

    const { body } = await server.upload('ada', file);

    const response = await fetch((body as { fileUrl: string }).fileUrl);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(await response.bytes()).toEqual(await file.bytes());
  });
});
