import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  fallbackStorage,
  FileExistsError,
  FileNotFoundError,
  FileSystemStorage,
  IntegrityError,
  MemoryStorage,
  StorageError,
  StorageOptionsError,
  UnsupportedOperationError,
  type FileStorage,
} from '@filefield/core';
import { asLibrary } from '@filefield/core/binding';
import { failingStorage, type StorageFault } from '@filefield/core/testing';
import { describe, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface Pair {
  /** What the parts keep, whatever their faults. */
  readonly primary: MemoryStorage;
  readonly fallback: MemoryStorage;
  readonly storage: FileStorage;
}

/** A fallback storage over two that may fail. */
function createPair(
  faults: { primary?: readonly StorageFault[]; fallback?: readonly StorageFault[] } = {},
): Pair {
  const [primary, fallback] = [new MemoryStorage(), new MemoryStorage()];
  const storage = fallbackStorage({
    primary: failingStorage(primary, faults.primary),
    fallback: failingStorage(fallback, faults.fallback),
  });
  return { primary, fallback, storage };
}

async function text(storage: FileStorage, name: string): Promise<string> {
  return await new Response(await storage.open(name)).text();
}

async function names(storage: FileStorage): Promise<string[]> {
  return await Array.fromAsync(storage.walk(), ({ name }) => name);
}

describe('an object of a fallback storage', () => {
  it('is read from where it lies', async () => {
    const { primary, fallback, storage } = createPair();
    await primary.save('new.txt', 'new');
    await fallback.save('old.txt', 'older');

    expect(await text(storage, 'new.txt')).toBe('new');
    expect(await text(storage, 'old.txt')).toBe('older');
    expect(await storage.stat('old.txt')).toEqual(await fallback.stat('old.txt'));
    expect(await storage.size('old.txt')).toBe(5);
    expect(await storage.exists('old.txt')).toBe(true);
    expect(await storage.exists('none.txt')).toBe(false);
  });

  it('is the primary’s where both have one', async () => {
    const { primary, fallback, storage } = createPair();
    await primary.save('a.txt', 'of the primary');
    await fallback.save('a.txt', 'of the fallback');

    expect(await text(storage, 'a.txt')).toBe('of the primary');
    expect(await storage.size('a.txt')).toBe(14);
  });

  it('is read as the version that stat() told of, while it is copied and taken away', async () => {
    const { primary, fallback, storage } = createPair();
    await fallback.save('a.txt', 'bytes');
    const { etag } = await storage.stat('a.txt');
    await primary.save('a.txt', 'bytes');

    const stream = await storage.open('a.txt', { etag });
    await fallback.delete('a.txt');

    expect(await new Response(stream).text()).toBe('bytes');
    await expect(storage.open('a.txt', { etag })).rejects.toThrow(IntegrityError);
  });

  it.each<[StorageFault['operation'], (storage: FileStorage) => Promise<unknown>]>([
    ['open', async (storage) => text(storage, 'a.txt')],
    ['stat', async (storage) => storage.exists('a.txt')],
    ['list', async (storage) => (await storage.list()).files[0]?.name],
    ['walk', async (storage) => (await names(storage))[0]],
  ])('is found by %s while it moves into the primary', async (operation, look) => {
    const [primary, disk] = [new MemoryStorage(), new MemoryStorage()];
    const fallback = failingStorage(disk, [{ operation, effect: 'hang' }]);
    await disk.save('a.txt', 'a.txt');

    const looking = look(fallbackStorage({ primary, fallback }));
    await vi.waitUntil(() => fallback.calls.length === 1);
    await primary.save('a.txt', await disk.open('a.txt'), { ifExists: 'error' });
    await disk.delete('a.txt');
    fallback.release();

    expect(['a.txt', true]).toContain(await looking);
  });

  it('is not there when it is in neither, and the alias of the whole says so', async () => {
    const { storage } = createPair();
    storage.alias = 'media';

    await expect(storage.open('a.txt')).rejects.toThrow(FileNotFoundError);
    await expect(storage.stat('a.txt')).rejects.toThrow(
      'Cannot stat "a.txt" in storage "media": no such file',
    );
  });
});

describe('a name in a fallback storage', () => {
  it('is taken when either part has it', async () => {
    const { primary, fallback, storage } = createPair();
    await primary.save('new.txt', 'x');
    await fallback.save('old.txt', 'x');

    const saved = [await storage.save('new.txt', 'y'), await storage.save('old.txt', 'y')];

    expect(saved.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^new_\w{7}\.txt$/),
      expect.stringMatching(/^old_\w{7}\.txt$/),
    ]);
    expect(await names(fallback)).toEqual(['old.txt']);
    await expect(storage.save('old.txt', 'y', { ifExists: 'error' })).rejects.toThrow(
      FileExistsError,
    );
  });

  it('is found free for a stream that is read once', async () => {
    const { primary, fallback, storage } = createPair();
    await fallback.save('a.txt', 'old');

    const { name } = await storage.save('a.txt', Readable.from([Buffer.from('new')]));
    const stream = storage.createWriteStream('a.txt');
    await stream.getWriter().close();

    expect(await text(primary, name)).toBe('new');
    expect((await stream.stored).name).not.toBe('a.txt');
    expect(await text(storage, 'a.txt')).toBe('old');
  });

  it('keeps to maxLength', async () => {
    const { fallback, storage } = createPair();
    await fallback.save('holiday.txt', 'x');

    const { name } = await storage.save('holiday.txt', 'y', { maxLength: 16 });

    expect(name).toMatch(/^holi_\w{7}\.txt$/);
  });

  it('is each its own for many who save at once', async () => {
    const { fallback, storage } = createPair();
    await fallback.save('a.txt', 'old');

    const saved = await Promise.all(Array.from({ length: 20 }, () => storage.save('a.txt', 'x')));

    expect(new Set(saved.map(({ name }) => name)).size).toBe(20);
    expect(await names(storage)).toHaveLength(21);
  });

  it('is replaced by the primary’s object, and deleted in both', async () => {
    const { primary, fallback, storage } = createPair();
    await fallback.save('a.txt', 'old');

    await storage.save('a.txt', 'new', { ifExists: 'overwrite' });
    const replaced = await text(storage, 'a.txt');
    await storage.delete('a.txt');

    expect(replaced).toBe('new');
    expect([...(await names(primary)), ...(await names(fallback))]).toEqual([]);
  });
});

describe('copying and moving in a fallback storage', () => {
  it('takes the object from either part and writes to the primary', async () => {
    const { primary, fallback, storage } = createPair();
    await primary.save('new.txt', 'new');
    await fallback.save('old.txt', 'old');

    await storage.copy('new.txt', 'copies/new.txt');
    await storage.copy('old.txt', 'copies/old.txt');

    expect(await text(primary, 'copies/new.txt')).toBe('new');
    expect(await text(primary, 'copies/old.txt')).toBe('old');
    expect(await names(fallback)).toEqual(['old.txt']);
  });

  it.each(['copy', 'move'] as const)(
    'does not %s to a name that the fallback has',
    async (verb) => {
      const { fallback, storage } = createPair();
      await storage.save('new.txt', 'new');
      await fallback.save('old.txt', 'old');

      await expect(storage[verb]('new.txt', 'old.txt')).rejects.toThrow(FileExistsError);
      expect(await text(storage, 'old.txt')).toBe('old');

      await storage[verb]('new.txt', 'old.txt', { overwrite: true });
      expect(await text(storage, 'old.txt')).toBe('new');
    },
  );

  it('moves an object out of both', async () => {
    const { primary, fallback, storage } = createPair();
    await primary.save('a.txt', 'new');
    await fallback.save('a.txt', 'old');
    await fallback.save('b.txt', 'of the fallback');

    await storage.move('a.txt', 'moved/a.txt');
    await storage.move('b.txt', 'moved/b.txt');

    expect(await names(storage)).toEqual(['moved/a.txt', 'moved/b.txt']);
    expect(await text(storage, 'moved/a.txt')).toBe('new');
    expect(await names(fallback)).toEqual([]);
  });

  it('leaves the object where a move fails', async () => {
    const fault: StorageFault = { operation: 'save', when: 'during', afterBytes: 2 };
    const { fallback, storage } = createPair({ primary: [fault] });
    await fallback.save('a.txt', 'bytes');

    await expect(storage.move('a.txt', 'b.txt')).rejects.toThrow(StorageError);

    expect(await names(storage)).toEqual(['a.txt']);
    expect(await text(storage, 'a.txt')).toBe('bytes');
  });

  it('brings over what a browser uploaded before the switch', async () => {
    const { fallback, storage } = createPair();
    await fallback.save('incoming/a1', 'sent', asLibrary({}));

    await storage.copy('incoming/a1', 'avatars/me.txt');
    await storage.reclaim(['incoming/a1']);

    expect(await text(storage, 'avatars/me.txt')).toBe('sent');
    expect(await names(fallback)).toEqual([]);
  });
});

/** Takes names that differ in case only for one, as disks of macOS and Windows do. */
class FoldingStorage extends MemoryStorage {
  override readonly capabilities = { ...new MemoryStorage().capabilities, caseSensitive: false };

  protected override async writeObject(
    ...[name, intake, options]: Parameters<MemoryStorage['writeObject']>
  ) {
    return await super.writeObject(name.toLowerCase(), intake, options);
  }

  protected override async readObject(
    ...[name, range]: Parameters<MemoryStorage['readObject']>
  ): ReturnType<MemoryStorage['readObject']> {
    return await super.readObject(name.toLowerCase(), range);
  }

  protected override async statObject(name: string) {
    return await super.statObject(name.toLowerCase());
  }

  protected override async removeObject(name: string) {
    await super.removeObject(name.toLowerCase());
  }

  protected override async copyObject(
    ...[from, to, options]: Parameters<MemoryStorage['copyObject']>
  ) {
    await super.copyObject(from.toLowerCase(), to.toLowerCase(), options);
  }
}

describe('an object of a fallback storage that is moved to its own name in another case', () => {
  const folding = (): MemoryStorage => new FoldingStorage();
  const exact = (): MemoryStorage => new MemoryStorage();

  it.each<[string, () => MemoryStorage, () => MemoryStorage]>([
    ['the primary ignores case', folding, exact],
    ['the fallback ignores case', exact, folding],
    ['both ignore case', folding, folding],
  ])('stays where %s', async (_, createPrimary, createFallback) => {
    const [primary, fallback] = [createPrimary(), createFallback()];
    const storage = fallbackStorage({ primary, fallback });
    await primary.save('New.txt', 'new');
    await fallback.save('New.txt', 'shadowed');
    await fallback.save('Old.txt', 'old');

    await storage.move('New.txt', 'NEW.txt', { overwrite: true });
    await storage.move('Old.txt', 'OLD.txt', { overwrite: true });

    expect(await text(storage, 'NEW.txt')).toBe('new');
    expect(await text(storage, 'OLD.txt')).toBe('old');
    expect(await names(fallback)).toEqual([]);
  });
});

describe('a listing of a fallback storage', () => {
  it('shows each object once, in byte order, the primary’s first', async () => {
    const { primary, fallback, storage } = createPair();
    const old = ['a.txt', 'b/1.txt', 'b/3.txt', 'é.txt', '\u{ff21}.txt', 'z.txt'];
    await Promise.all(old.map((name) => fallback.save(name, 'old')));
    const fresh = ['a.txt', 'a0.txt', 'b/2.txt', 'c/1.txt', '😀.txt'];
    await Promise.all(fresh.map((name) => primary.save(name, 'fresher')));

    const { directories, files } = await storage.list();

    const walked = await names(storage);
    expect(walked).toEqual(
      [...new Set([...old, ...fresh])].toSorted((a, b) =>
        Buffer.compare(Buffer.from(a), Buffer.from(b)),
      ),
    );
    expect(directories).toEqual(['b', 'c']);
    expect(files.map(({ name }) => name)).toEqual(walked.filter((name) => !name.includes('/')));
    expect(files[0]).toMatchObject({ name: 'a.txt', size: 7 });
    expect((await storage.list('b')).files).toHaveLength(3);
  });

  it('tells the unfinished writes of both, and reclaims them', async () => {
    const directory = await temporaryDirectory();
    const keys = ['k'.repeat(32)];
    const disk = (name: string): FileSystemStorage =>
      new FileSystemStorage({ location: join(directory, name), uploadUrl: '/uploads', keys });
    const [primary, fallback] = [disk('primary'), disk('fallback')];
    const storage = fallbackStorage({ primary, fallback });
    const grant = { name: 'incoming/a', type: 'text/plain', maxSize: 9, expiresIn: 60 };
    await primary.uploads?.begin(grant);
    await fallback.uploads?.begin(grant);

    const left = await Array.fromAsync(storage.unfinished?.() ?? [], ({ name }) => name);
    await storage.reclaim(left);

    expect(left).toHaveLength(2);
    expect(await Array.fromAsync(storage.unfinished?.() ?? [])).toEqual([]);
  });
});

describe('a fallback storage whose primary is down', () => {
  const down = (operation: StorageFault['operation']): StorageFault => ({ operation });

  it.each<[string, (storage: FileStorage) => Promise<unknown>]>([
    ['open', async (storage) => storage.open('a.txt')],
    ['stat', async (storage) => storage.stat('a.txt')],
    ['exists', async (storage) => storage.exists('a.txt')],
    ['list', async (storage) => storage.list()],
    ['walk', async (storage) => names(storage)],
    ['copy', async (storage) => storage.copy('a.txt', 'b.txt')],
    ['move', async (storage) => storage.move('a.txt', 'b.txt')],
    ['save', async (storage) => storage.save('c.txt', 'x')],
  ])('says so at %s, and reads no older bytes', async (_, call) => {
    const primary = (['open', 'stat', 'list', 'walk', 'copy', 'exists', 'save'] as const).map(down);
    const { fallback, storage } = createPair({ primary });
    await fallback.save('a.txt', 'older');

    await expect(call(storage)).rejects.toThrow(StorageError);
    expect(await text(fallback, 'a.txt')).toBe('older');
  });

  it('deletes what the fallback has first, so that a failure shows no older bytes', async () => {
    const { primary, fallback, storage } = createPair({ primary: [{ operation: 'delete' }] });
    await primary.save('a.txt', 'new');
    await fallback.save('a.txt', 'old');

    await expect(storage.delete('a.txt')).rejects.toThrow(StorageError);

    expect(await text(storage, 'a.txt')).toBe('new');
    expect(await names(fallback)).toEqual([]);
  });
});

describe('a fallback storage whose fallback is down', () => {
  it('saves nothing that could hide an object, and closes the source', async () => {
    const { primary, storage } = createPair({ fallback: [{ operation: 'exists' }] });
    const source = Readable.from([Buffer.from('x')]);

    await expect(storage.save('a.txt', source)).rejects.toThrow(StorageError);
    await expect(storage.save('a.txt', 'x', { ifExists: 'error' })).rejects.toThrow(StorageError);

    expect(source.destroyed).toBe(true);
    expect(await names(primary)).toEqual([]);
  });

  it('declares nothing absent', async () => {
    const { primary, storage } = createPair({
      fallback: [{ operation: 'stat' }, { operation: 'open' }],
    });
    await primary.save('new.txt', 'new');

    expect(await text(storage, 'new.txt')).toBe('new');
    await expect(storage.exists('a.txt')).rejects.toThrow(StorageError);
    await expect(storage.open('a.txt')).rejects.toThrow(StorageError);
  });

  it('keeps what it cannot delete in both', async () => {
    const { primary, fallback, storage } = createPair({ fallback: [{ operation: 'delete' }] });
    await primary.save('a.txt', 'new');
    await fallback.save('a.txt', 'old');

    await expect(storage.delete('a.txt')).rejects.toThrow(StorageError);

    expect(await text(storage, 'a.txt')).toBe('new');
  });

  it.each(['deleteMany', 'reclaim'] as const)(
    '%s tells each object that is left in one of the parts, and removes the others',
    async (operation) => {
      const { primary, fallback, storage } = createPair({
        primary: [{ operation, name: 'b.txt' }],
        fallback: [{ operation, name: 'a.txt' }],
      });
      const all = ['a.txt', 'b.txt', 'c.txt'];
      await Promise.all(all.flatMap((name) => [primary.save(name, 'x'), fallback.save(name, 'x')]));

      const failure = await storage[operation](all).catch((error: unknown) => error);

      expect(failure).toBeInstanceOf(AggregateError);
      expect(failure).toMatchObject({ errors: [{ object: 'a.txt' }, { object: 'b.txt' }] });
      expect(await names(primary)).toEqual(['a.txt', 'b.txt']);
      expect(await names(fallback)).toEqual(['a.txt']);
    },
  );
});

describe('the two parts of a fallback storage', () => {
  it('are one place, however they are nested', () => {
    const [first, second, third] = ['1', '2', '3'].map((id) => new MemoryStorage({ id }));

    const storage = fallbackStorage({
      primary: first!,
      fallback: fallbackStorage({ primary: second!, fallback: third! }),
    });

    expect(storage.location).toBe('memory://1/');
    expect(storage.parts).toEqual([first, second, third]);
  });

  it.each<[string, () => [FileStorage, FileStorage]]>([
    ['lie in one place', () => [new MemoryStorage({ id: 'a' }), new MemoryStorage({ id: 'a' })]],
    ['lie inside one another', () => [at('/srv/media/'), at('/srv/media/old/')]],
    ['are for others', () => [new MemoryStorage({ visibility: 'public' }), new MemoryStorage()]],
  ])('may not %s', (_, create) => {
    const [primary, fallback] = create();

    expect(() => fallbackStorage({ primary, fallback })).toThrow(StorageOptionsError);
    expect(() => fallbackStorage({ primary: fallback, fallback: primary })).toThrow(
      StorageOptionsError,
    );
  });

  it('decide together what the whole can do', () => {
    const exact = new MemoryStorage();
    const folding = Object.assign(new MemoryStorage(), {
      capabilities: { ...exact.capabilities, caseSensitive: false, normalizing: true },
    });

    const { capabilities } = fallbackStorage({ primary: exact, fallback: folding });

    expect(capabilities).toEqual({
      ...exact.capabilities,
      serverSideCopy: false,
      caseSensitive: false,
      normalizing: true,
    });
  });

  it('have no paths together', () => {
    expect(() => createPair().storage.path('a.txt')).toThrow(UnsupportedOperationError);
  });

  it('get ready and are closed both, and both failures are told', async () => {
    const faults: StorageFault[] = [{ operation: 'ready' }, { operation: 'close', call: 2 }];
    const { storage } = createPair({ primary: faults, fallback: faults });

    await expect(storage.ready?.()).rejects.toMatchObject({ errors: [{}, {}] });
    await expect(storage.close?.()).resolves.toBeUndefined();
  });
});

function at(location: string): FileStorage {
  return Object.assign(new MemoryStorage(), { location: `file://${location}` });
}

describe('a direct upload to a fallback storage', () => {
  const grant = { name: 'incoming/a', type: 'text/plain', maxSize: 9, expiresIn: 60 };
  const keys = ['k'.repeat(32)];

  async function createSite(uploadUrl?: string) {
    const directory = await temporaryDirectory();
    const disk = (name: string, url?: string): FileSystemStorage =>
      new FileSystemStorage({ location: join(directory, name), uploadUrl: url, keys });
    const fallback = disk('fallback', '/uploads');
    const primary = disk('primary', uploadUrl);
    return { primary, fallback, storage: fallbackStorage({ primary, fallback }) };
  }

  const bytes = (sent: string): AsyncIterable<Uint8Array> => Readable.from([Buffer.from(sent)]);

  it('arrives in the primary, also where it was granted before the switch', async () => {
    const { primary, fallback, storage } = await createSite('/new');
    const before = await fallback.createUpload(grant);
    const token = new URL(before.url, 'http://site').searchParams.get('grant') ?? '';

    await storage.uploads?.put(grant, bytes('sent'));

    const { expiresIn: _, ...lasting } = grant;
    expect(storage.uploads?.read(token)).toMatchObject(lasting);
    expect(await text(primary, 'incoming/a')).toBe('sent');
  });

  it('is refused where its bytes lie in the fallback already', async () => {
    const { fallback, storage } = await createSite('/new');
    await fallback.uploads?.put(grant, bytes('sent'));

    await expect(storage.uploads?.put(grant, bytes('again'))).rejects.toThrow(FileExistsError);
    await expect(storage.uploads?.begin(grant)).rejects.toThrow(FileExistsError);
  });

  it('in parts ends where it began', async () => {
    const { fallback, storage } = await createSite('/new');
    const uploadId = (await fallback.uploads?.begin(grant)) ?? '';

    const { url } = await storage.createUpload(grant, { kind: 'part', uploadId, partNumber: 1 });
    const part = await storage.uploads?.putPart(grant, { uploadId, partNumber: 1 }, bytes('sent'));
    await storage.uploads?.complete(grant, uploadId, [part!]);

    expect(url).toMatch(/^\/uploads\?/);
    expect(await text(fallback, 'incoming/a')).toBe('sent');
    expect(await text(storage, 'incoming/a')).toBe('sent');
  });

  it('in parts begins in the primary, and is aborted there', async () => {
    const { primary, storage } = await createSite('/new');

    const uploadId = (await storage.uploads?.begin(grant)) ?? '';
    const parts = await storage.uploads?.parts(grant, uploadId);
    await storage.uploads?.abort(grant, uploadId);

    expect(parts).toEqual([]);
    await expect(primary.uploads?.parts(grant, uploadId)).rejects.toMatchObject({
      reason: 'missing',
    });
  });

  it('granted before the switch arrives in the fallback where the primary receives none itself', async () => {
    const { fallback } = await createSite();
    const bucket = new MemoryStorage();
    const capabilities = { ...bucket.capabilities, directUpload: true };
    const primary = Object.assign(bucket, { capabilities });
    const storage = fallbackStorage({ primary, fallback });

    await storage.uploads?.put(grant, bytes('sent'));

    expect(await text(fallback, 'incoming/a')).toBe('sent');
    expect(storage.uploads?.url).toBe('/uploads');
    await expect(storage.uploads?.put(grant, bytes('again'))).rejects.toThrow(FileExistsError);
  });

  it('is not taken where the primary takes none', async () => {
    const { storage } = await createSite();

    await expect(storage.createUpload(grant)).rejects.toThrow(UnsupportedOperationError);
    expect(storage.uploads).toBeUndefined();
  });
});
