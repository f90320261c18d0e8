import { meetsNeeds, storageContract } from '@filefield/core/testing';
import type { S3Storage } from '@filefield/s3';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { bucketAgent, createBucket, createStorage, emptyBucket } from './support.ts';

const shared = await createBucket();
const whole = await createBucket();
const { endpoint, domain } = inject('s3Server');

/** Empty; in virtual-host style, which the lookup of the agent makes possible here. */
async function wholeBucket(): Promise<S3Storage> {
  onTestFinished(async () => emptyBucket(whole));
  return createStorage({
    bucket: whole,
    prefix: '',
    endpoint: `http://${domain}:${new URL(endpoint).port}`,
    forcePathStyle: false,
    client: { requestHandler: { httpAgent: bucketAgent() } },
  });
}

// With a prefix the longest name there is does not fit into a key.
const belowPrefix = storageContract.filter(({ title }) => !title.startsWith('the longest names'));

describe.each([
  { what: 'of a whole bucket', create: wholeBucket, cases: storageContract },
  {
    what: 'below a prefix of a bucket',
    create: async () => createStorage({ bucket: shared }),
    cases: belowPrefix,
  },
])('S3Storage $what keeps the storage contract:', ({ create, cases }) => {
  it.each(cases)('$title', async (one) => {
    const storage = await create();
    await storage.ready();

    await (meetsNeeds(storage, one) ? one.run(storage) : undefined);
  });
});

describe('S3Storage below a prefix', () => {
  it('refuses a name that does not fit into a key together with the prefix', async () => {
    const storage = createStorage({ bucket: shared, prefix: 'media' });
    const longest = `${'x/'.repeat(508)}xx`;

    const stored = await storage.save(longest, 'fits');

    expect(stored.name).toBe(longest);
    await expect(storage.save(`${longest}x`, 'one more')).rejects.toThrow(
      'with the prefix of its storage it has 1025 bytes, at most 1024 fit into a key',
    );
  });

  it('sees nothing of its neighbours in the bucket', async () => {
    const media = createStorage({ bucket: shared, prefix: 'near/media' });
    const others = createStorage({ bucket: shared, prefix: 'near/media-old' });
    await media.save('a.txt', 'media');
    await others.save('b.txt', 'others');

    const names = await Array.fromAsync(media.walk(), ({ name }) => name);

    expect(names).toEqual(['a.txt']);
    expect(await media.list()).toMatchObject({ directories: [], files: [{ name: 'a.txt' }] });
    expect(await media.exists('b.txt')).toBe(false);
  });
});
