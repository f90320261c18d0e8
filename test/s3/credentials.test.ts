import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { StorageError } from '@filefield/core';
import { S3Storage, type S3Credentials } from '@filefield/s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkedOptions } from '../../packages/s3/src/checked-options.ts';
import { CredentialSource, credentialsOf } from '../../packages/s3/src/credentials.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret' };
const least = { bucket: 'acme', region: 'eu-central-1' } as const;

describe('credentials', () => {
  it('that are given are known at once', () => {
    expect(new CredentialSource(keys).current()).toBe(keys);
  });

  it('that are fetched are known when they are ready', async () => {
    const source = new CredentialSource(async () => keys);

    await source.ready();

    expect(source.current()).toBe(keys);
  });

  it('are fetched in the background when somebody asks too early', async () => {
    const source = new CredentialSource(async () => keys);

    expect(source.current()).toBeUndefined();
    await expect.poll(() => source.current()).toBe(keys);
  });

  it('are fetched once for all who wait, and once a second at most', async () => {
    const calls: string[] = [];
    const source = new CredentialSource(async () => {
      calls.push('fetch');
      throw new Error('away');
    });

    await Promise.allSettled([source.ready(), source.provider(), source.ready()]);
    source.current();
    source.current();

    expect(calls).toEqual(['fetch']);
  });

  it('are fetched again before they expire', async () => {
    const first = { ...keys, expiration: new Date(Date.now() + 3000) };
    const second = { ...keys, expiration: new Date(Date.now() + 3_600_000) };
    const given = [first, second];
    const known: unknown[] = [];
    const source = new CredentialSource(async () => {
      known.push(source.current());
      return given.shift() ?? keys;
    });
    await source.ready();

    await expect.poll(() => source.current(), { timeout: 5000 }).toBe(second);

    expect(known).toEqual([undefined, first]);
    source.close();
  });

  it('are used to their end when they cannot be fetched again', async () => {
    const given = [{ ...keys, expiration: new Date(Date.now() + 4000) }];
    const source = new CredentialSource(async () => given.shift() ?? (await away()));
    await source.ready();

    await expect.poll(() => source.failure, { timeout: 5000 }).toEqual(new Error('away'));

    expect(source.current()).toMatchObject(keys);
    source.close();
  });

  it('that are about to expire are fetched again by who can wait', async () => {
    const given = [60_000, 3_600_000].map((life) => ({
      ...keys,
      expiration: new Date(Date.now() + life),
    }));
    const [, second] = given;
    const source = new CredentialSource(async () => given.shift() ?? keys);
    await source.ready();

    await source.ready();

    expect(source.current()).toBe(second);
    source.close();
  });

  it('that are about to expire are good enough where no others can be fetched', async () => {
    const first = { ...keys, expiration: new Date(Date.now() + 60_000) };
    const given = [first];
    const source = new CredentialSource(async () => given.shift() ?? (await away()));
    await source.ready();

    await source.ready();

    expect(source.current()).toBe(first);
    source.close();
  });

  it('that have expired are not used, and say so', async () => {
    const expiration = new Date(Date.now() - 1);
    const source = new CredentialSource({ ...keys, expiration });

    expect(source.current()).toBeUndefined();
    await expect(source.ready('private')).rejects.toThrow(
      'Cannot get the credentials in storage "private": those that were given have expired',
    );
  });

  it('that cannot be fetched say so without repeating what the provider said', async () => {
    const source = new CredentialSource(async () => {
      throw new TypeError('the token "hidden" is not known');
    });

    const failed = source.ready('private');

    await expect(failed).rejects.toThrow(
      new StorageError(
        'get the credentials',
        { storage: 'private' },
        'none could be fetched (TypeError)',
      ),
    );
  });

  it('that are nowhere are looked for once by who can do without', async () => {
    const calls: string[] = [];
    const source = new CredentialSource(async () => {
      calls.push('fetch');
      throw Object.assign(new Error('none'), { name: 'CredentialsProviderError' });
    });

    expect(await source.areThere()).toBe(false);
    expect(await source.areThere()).toBe(false);

    expect(calls).toEqual(['fetch']);
  });

  it('that are somewhere and cannot be fetched are told to who can do without', async () => {
    const source = new CredentialSource(away);

    await expect(source.areThere('private')).rejects.toThrow(
      'Cannot get the credentials in storage "private": none could be fetched (Error)',
    );
  });

  it('are not fetched any more once closed', async () => {
    const calls: string[] = [];
    const source = new CredentialSource(async () => {
      calls.push('fetch');
      return { ...keys, expiration: new Date(Date.now() + 1200) };
    });
    await source.ready();

    source.close();
    await new Promise((resolve) => setTimeout(resolve, 800));

    expect(calls).toEqual(['fetch']);
  });
});

describe('a storage takes its credentials from', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('its options, whatever the environment says', () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDENVIRONMENT');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another secret');

    expect(credentialsOf(checkedOptions({ ...least, credentials: keys })).current()).toBe(keys);
  });

  it('a client of the application', async () => {
    const client = new S3Client({ region: 'eu-central-1', credentials: { ...keys } });
    const storage = new S3Storage({ ...least, client });
    const source = credentialsOf(checkedOptions({ ...least, client }));

    await source.ready();

    expect(source.current()).toMatchObject(keys);
    expect(storage.client).toBe(client);
  });

  it('the environment', async () => {
    vi.stubEnv('AWS_PROFILE', undefined);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDENVIRONMENT');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'a secret');
    vi.stubEnv('AWS_SESSION_TOKEN', 'a token');
    const source = credentialsOf(checkedOptions(least));

    await source.ready();

    expect(source.current()).toMatchObject({
      accessKeyId: 'AKIDENVIRONMENT',
      sessionToken: 'a token',
    });
  });

  it('a profile', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, '.aws'));
    const file = join(directory, '.aws', 'credentials');
    await writeFile(file, '[acme]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = x\n');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    vi.stubEnv('AWS_CONFIG_FILE', join(directory, 'none'));
    const source = credentialsOf(checkedOptions({ ...least, profile: 'acme' }));

    await source.ready();

    expect(source.current()?.accessKeyId).toBe('AKIDPROFILE');
  });

  it('nowhere, and says so', async () => {
    const directory = await temporaryDirectory();
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(directory, 'none'));
    vi.stubEnv('AWS_CONFIG_FILE', join(directory, 'none'));
    const source = credentialsOf(checkedOptions({ ...least, profile: 'nobody' }));

    await expect(source.ready('private')).rejects.toThrow(
      'Cannot get the credentials in storage "private": none could be fetched (CredentialsProviderError)',
    );
  });
});

async function away(): Promise<S3Credentials> {
  throw new Error('away');
}
