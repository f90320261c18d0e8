import { GetBucketCorsCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { client, createBucket, createStorage, names, serverOptions } from '../s3/support.ts';
import { good, runExample } from './run-example.ts';
import { startDirectory } from './start-directory.ts';

const { endpoint, region, credentials } = serverOptions;
const bucket = await createBucket();
const environment = {
  USE_REMOTE_STORAGE: '1',
  FILEFIELD_S3_BUCKET: bucket,
  FILEFIELD_S3_REGION: region,
  FILEFIELD_S3_ENDPOINT: endpoint,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
};

describe('the example 02-team-directory on S3', () => {
  it('keeps its files in the bucket', async () => {
    const { url } = await startDirectory(environment);
    const form = new FormData();
    for (const name of ['name', 'title']) form.set(name, 'Ada');
    form.set('file', new File([gif], 'ada.gif'));

    const page = await fetch(`${url}members`, {
      method: 'POST',
      body: form,
      headers: { origin: new URL(url).origin },
    });

    const [, src = ''] = /<img[^>]*src="(http[^"]+)"/.exec(await page.text()) ?? [];
    const avatar = await fetch(src.replaceAll('&amp;', '&'));
    expect(avatar.headers.get('content-type')).toBe('image/webp');
    const stored = await names(createStorage({ bucket, prefix: '' }));
    expect(stored.filter((name) => !name.includes('/.filefield/'))).toEqual([
      expect.stringMatching(/^filefield-team-directory-\w+\/public\/avatars\/ada_\w+\.gif$/),
      expect.stringMatching(/ada_\w+\.gif\.v\/large-\w+\.webp$/),
      expect.stringMatching(/ada_\w+\.gif\.v\/medium-\w+\.webp$/),
      expect.stringMatching(/ada_\w+\.gif\.v\/small-\w+\.webp$/),
    ]);
  });

  it('lets browsers upload to it', async () => {
    const ended = await runExample(
      '02-team-directory',
      'node src/allow-browsers.ts http://127.0.0.1:3000',
      environment,
    );

    const stdout = `Pages of http://127.0.0.1:3000 may upload to ${bucket}\n`;
    expect(ended).toEqual({ ...good, stdout });
    const { CORSRules } = await client.send(new GetBucketCorsCommand({ Bucket: bucket }));
    expect(CORSRules).toMatchObject([{ AllowedOrigins: ['http://127.0.0.1:3000'] }]);
  });
});

/** The smallest picture there is. */
const gif = Uint8Array.from(Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=', 'base64'));
