import { join } from 'node:path';
import {
  defineStorages,
  fallbackStorage,
  FileSystemStorage,
  MemoryStorage,
  type FileStorage,
  type Storages,
} from '@filefield/core';
import { downloadHandler, mediaHandler, serveFile } from '@filefield/http';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { fileOf, uniqueText } from './served-files.ts';

const keys = ['k'.repeat(32)];

interface Move {
  readonly bucket: MemoryStorage;
  readonly disk: FileSystemStorage;
  /** `media` while it is the disk alone, while it reads through, and each of them beside an alias of the disk. */
  readonly before: Storages<'media'>;
  readonly during: Storages<'media'>;
  readonly beside: Storages<'old' | 'media'>;
}

/** An application whose files move from a disk to what stands for a bucket. */
async function createMove(): Promise<Move> {
  const location = join(await temporaryDirectory(), 'media');
  const bucket = new MemoryStorage();
  const disk = (): FileSystemStorage =>
    new FileSystemStorage({ location, baseUrl: '/media/', keys });
  const media = (): FileStorage => fallbackStorage({ primary: bucket, fallback: disk() });
  return {
    bucket,
    disk: disk(),
    before: defineStorages({ media: disk }),
    during: defineStorages({ media }),
    beside: defineStorages({ old: disk, media }),
  };
}

async function fetched(storages: Storages, url: string, headers = {}): Promise<[number, string]> {
  const request = new Request(new URL(url, 'https://app.example.com'), { headers });
  const response = await mediaHandler({ storages })(request);
  return [response.status, await response.text()];
}

describe('a URL of a storage that reads through to a disk', () => {
  it('leads to the object in either, and is the same as before the switch', async () => {
    const { bucket, disk, before, during } = await createMove();
    await disk.save('old.txt', 'old');
    await bucket.save('new.txt', 'new');
    const [old, fresh] = ['old.txt', 'new.txt'].map((name) => during.get('media').url(name));

    expect(await fetched(during, old!)).toEqual([200, 'old']);
    expect(await fetched(during, fresh!)).toEqual([200, 'new']);
    expect(old).toBe(before.get('media').url('old.txt'));
  });

  it('stays good while its object moves, and when the switch is taken back', async () => {
    const { bucket, disk, before, during } = await createMove();
    await disk.save('a.txt', 'bytes');
    const url = before.get('media').url('a.txt');
    const handedOut = during.get('media').url('a.txt');

    const takenBack = await fetched(before, handedOut);
    await bucket.save('a.txt', await disk.open('a.txt'), { ifExists: 'error' });
    const copied = await fetched(during, url);
    await disk.delete('a.txt');

    expect([takenBack, copied]).toEqual([
      [200, 'bytes'],
      [200, 'bytes'],
    ]);
    expect(await fetched(during, url)).toEqual([200, 'bytes']);
  });

  it('is taken by the storage that signed it where two have one address', async () => {
    const { bucket, disk, beside } = await createMove();
    await bucket.save('a.txt', 'new');
    await disk.save('a.txt', 'old');

    expect(await fetched(beside, beside.get('media').url('a.txt'))).toEqual([200, 'new']);
    expect(await fetched(beside, beside.get('old').url('a.txt'))).toEqual([200, 'old']);
    expect(await fetched(beside, '/media/a.txt')).toMatchObject([403, expect.any(String)]);
  });

  it('reads through for everybody where the files are public', async () => {
    const location = join(await temporaryDirectory(), 'media');
    const disk = () =>
      new FileSystemStorage({ location, baseUrl: '/media/', visibility: 'public' });
    const primary = new MemoryStorage({ visibility: 'public' });
    const media = () => fallbackStorage({ primary, fallback: disk() });
    await primary.save('new.txt', 'new');

    const found = await fetched(defineStorages({ old: disk, media }), '/media/new.txt');

    expect(found).toEqual([200, 'new']);
  });

  it('is for one object, and expires as the disk says', async () => {
    const { disk, during } = await createMove();
    await disk.save('a.txt', 'bytes');
    const media = during.get('media');
    const copied = media.url('a.txt').replace('a.txt', 'b.txt');

    expect(media.urlExpiresAt?.('a.txt')?.getTime()).toBeGreaterThan(Date.now());
    expect(media.capabilities.signedUrls).toBe(true);
    expect(await fetched(during, copied)).toMatchObject([403, expect.any(String)]);
  });
});

describe('a URL of a storage that reads through, below an address of its own', () => {
  it('is signed for its alias and found in any two storages', async () => {
    const [primary, fallback] = [new MemoryStorage(), new MemoryStorage()];
    const media = fallbackStorage({ primary, fallback, baseUrl: '/files', keys });
    const storages = defineStorages({ media: () => media });
    await fallback.save('a.txt', 'old');

    const url = storages.get('media').url('a.txt', { download: 'letter.txt' });

    expect(url).toMatch(/^\/files\/a\.txt\?expires=\d+&download=letter\.txt&signature=/);
    expect(await fetched(storages, url)).toEqual([200, 'old']);
    expect(await fetched(storages, '/files/a.txt')).toMatchObject([403, expect.any(String)]);
    expect(media.urlExpiresAt?.('a.txt', { expiresIn: 60 })).toBeInstanceOf(Date);
    expect(() => media.url('../a.txt')).toThrow('Cannot use');
  });

  it('wants keys where the files are private, and the address where there are keys', () => {
    const parts = { primary: new MemoryStorage(), fallback: new MemoryStorage() };

    const unsigned = fallbackStorage({ ...parts, baseUrl: '/files/' });

    expect(() => unsigned.url('a.txt')).toThrow('it is private and has no keys to sign with');
    expect(unsigned.capabilities.signedUrls).toBe(false);
    expect(() => fallbackStorage({ ...parts, keys })).toThrow('without a baseUrl');
  });

  it('is the primary’s where neither leads back to the application', () => {
    const [primary, fallback] = [new MemoryStorage(), new MemoryStorage()];

    const storage = fallbackStorage({ primary, fallback });

    expect(storage.url('a.txt')).toBe(primary.url('a.txt'));
    expect(storage.urlExpiresAt?.('a.txt')).toBeUndefined();
    expect(storage.served).toBeUndefined();
  });
});

describe('a download from a storage that reads through', () => {
  it.each<[string, number, string, 'redirect' | undefined]>([
    ['new.txt', 302, '', undefined],
    ['old.txt', 200, 'old', undefined],
    ['old.txt', 200, 'old', 'redirect'],
  ])('of %s is answered %i', async (name, status, body, delivery) => {
    const [primary, fallback] = [new MemoryStorage(), new MemoryStorage()];
    const capabilities = { ...primary.capabilities, signedUrls: true };
    const signing = Object.assign(primary, { capabilities });
    const media = fallbackStorage({ primary: signing, fallback });
    await primary.save('new.txt', 'new');
    await fallback.save('old.txt', 'old');
    const download = downloadHandler({ authorize: () => fileOf(media, { name }), delivery });

    const response = await download(new Request('https://app.example.com/'));

    expect([response.status, await response.text()]).toEqual([status, body]);
  });
});

describe('the ETag of an object that moves into the primary', () => {
  async function etagOf(storage: FileStorage, name: string): Promise<string> {
    const file = name === uniqueText ? fileOf(storage, { name }) : { storage, name };
    const response = await serveFile(file, new Request('https://app.example.com/'));
    await response.body?.cancel();
    return response.headers.get('etag') ?? '';
  }

  it('stays where the bytes of its name never change', async () => {
    const { bucket, disk, during } = await createMove();
    await disk.save(uniqueText, 'bytes');
    const before = await etagOf(during.get('media'), uniqueText);

    await bucket.save(uniqueText, 'bytes');
    await disk.delete(uniqueText);

    expect(await etagOf(during.get('media'), uniqueText)).toBe(before);
  });

  it('is another where they may, so that no cache keeps what was replaced', async () => {
    const { bucket, disk, during } = await createMove();
    await disk.save('a.txt', 'bytes');
    const before = await etagOf(during.get('media'), 'a.txt');
    const url = during.get('media').url('a.txt');
    await bucket.save('a.txt', 'other');

    const asked = await fetched(during, url, { 'if-none-match': before });

    expect(asked).toEqual([200, 'other']);
  });
});
