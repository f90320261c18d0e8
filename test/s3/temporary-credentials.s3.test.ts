import { setTimeout as wait } from 'node:timers/promises';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import type { S3CredentialProvider } from '@filefield/s3';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { answeringServer } from '../support/answering-server.ts';
import { createBucket, createStorage, serverOptions, textOf } from './support.ts';

const { role } = inject('s3Server');
const { endpoint, region, credentials } = serverOptions;
const bucket = await createBucket();

/** Assumes the role (STS) for some seconds. */
function assumeRole(DurationSeconds: number): S3CredentialProvider {
  const params = { RoleArn: role, RoleSessionName: 'uploads', DurationSeconds };
  const clientConfig = { endpoint, region };
  return fromTemporaryCredentials({
    params,
    masterCredentials: { ...credentials },
    clientConfig,
  });
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.runIf(role)('a storage with temporary credentials', () => {
  it('saves, reads and signs with their token', async () => {
    const storage = createStorage({ bucket, credentials: assumeRole(900) });
    await storage.ready();

    await storage.save('a.txt', 'Hello, world');

    expect(await textOf(storage, 'a.txt')).toBe('Hello, world');
    expect(storage.url('a.txt')).toContain('&X-Amz-Security-Token=');
    expect(await statusOf(storage.url('a.txt'))).toBe(200);
  });

  it('makes no URL that outlives them', async () => {
    const temporary = await assumeRole(900)();
    const storage = createStorage({ bucket, credentials: temporary, urlExpiresIn: 604_800 });

    const url = new URL(storage.url('a.txt'));

    const ends = storage.urlExpiresAt('a.txt')!.getTime();
    expect(ends).toBe(Math.floor(temporary.expiration!.getTime() / 1000) * 1000);
    expect(Number(url.searchParams.get('X-Amz-Expires'))).toBeLessThan(604_800);
  });

  it('fetches new ones before they end, and signs with those', async () => {
    const storage = createStorage({ bucket, credentials: assumeRole(3), urlExpiresIn: 3600 });
    await storage.save('a.txt', 'Hello, world');
    await storage.ready();
    const first = storage.url('a.txt');
    const before = await statusOf(first);

    await wait(storage.urlExpiresAt('a.txt')!.getTime() + 1500 - Date.now());

    expect([before, await statusOf(first)]).toEqual([200, 403]);
    expect(await statusOf(storage.url('a.txt'))).toBe(200);
    expect(await textOf(storage, 'a.txt')).toBe('Hello, world');
  });

  it('finds them where the container it runs in has its role', async () => {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await assumeRole(900)();
    const document = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey };
    const body = JSON.stringify({ ...document, Token: sessionToken, Expiration: expiration });
    // "Container credential provider" of the AWS SDKs and Tools Reference Guide.
    const agent = await answeringServer(() => ({ status: 200, body }));
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${agent}/role`);
    const storage = createStorage({ bucket, credentials: undefined });
    await storage.ready();

    await storage.save('a.txt', 'Hello, world');

    expect(storage.url('a.txt')).toContain(`X-Amz-Credential=${accessKeyId}%2F`);
    expect(await statusOf(storage.url('a.txt'))).toBe(200);
    expect(storage.urlExpiresAt('a.txt')!.getTime()).toBeLessThanOrEqual(expiration!.getTime());
  });
});
