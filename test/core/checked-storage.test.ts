import {
  CheckedStorage,
  FileNotFoundError,
  IntegrityError,
  InvalidNameError,
  MemoryStorage,
  StorageError,
  UnsupportedOperationError,
  type FileStat,
  type StorageCapabilities,
} from '@filefield/core';
import { meetsNeeds, storageContract } from '@filefield/core/testing';
import { describe, expect, it } from 'vitest';

import type { Intake } from '../../packages/core/src/intake.ts';
import type { ByteRange, Level, WriteOptions } from '../../packages/core/src/object-primitives.ts';
import type { ObjectBody } from '../../packages/core/src/object-stream.ts';

/** The least that a third party has to write; it finds a taken name only before it reads. */
class LeastStorage extends CheckedStorage {
  readonly location = 'least://here/';
  override readonly visibility = 'private';
  override readonly capabilities: StorageCapabilities = {
    path: false,
    signedUrls: false,
    directUpload: false,
    serverSideCopy: false,
    conditionalWrite: { put: true, complete: true, copy: true },
    caseSensitive: true,
  };
  protected readonly objects = new Map<string, { bytes: Uint8Array; modifiedAt: Date }>();

  protected async writeObject(
    name: string,
    intake: Intake,
    options: WriteOptions,
  ): Promise<string> {
    const bytes = Buffer.concat(await Array.fromAsync(intake, (chunk) => new Uint8Array(chunk)));
    if (!options.overwrite && this.objects.has(name)) throw this.taken('save', name);
    this.objects.set(name, { bytes, modifiedAt: new Date() });
    return name;
  }

  protected async readObject(name: string, range: ByteRange): Promise<ObjectBody | undefined> {
    const bytes = this.objects.get(name)?.bytes;
    const part =
      bytes && new Uint8Array(bytes).slice(range.start, Math.max(range.start, range.end));
    return part && { length: part.byteLength, bytes: ReadableStream.from([part]) };
  }

  protected async statObject(name: string): Promise<FileStat | undefined> {
    const object = this.objects.get(name);
    return object && { name, size: object.bytes.byteLength, modifiedAt: object.modifiedAt };
  }

  protected async removeObject(name: string): Promise<void> {
    this.objects.delete(name);
  }

  protected async listLevel(directory: string): Promise<Level> {
    const prefix = directory === '' ? '' : `${directory}/`;
    const names = [...this.objects.keys()].filter((name) => name.startsWith(prefix));
    const below = names.map((name) => name.slice(prefix.length).split('/'));
    const directories = new Set(
      below.filter(({ length }) => length > 1).map(([child = '']) => child),
    );
    const files = below.filter(({ length }) => length === 1).map(([child = '']) => prefix + child);
    const stats = await Promise.all(files.map((name) => this.statObject(name)));
    return { directories: [...directories], files: stats.filter((stat) => stat !== undefined) };
  }
}

describe('a storage made of the least primitives keeps the storage contract:', () => {
  it.each(storageContract.filter((one) => meetsNeeds(new LeastStorage(), one)))(
    '$title',
    async ({ run }) => {
      await run(new LeastStorage());
    },
  );

  it('a source that is read once gets a random suffix from the start', async () => {
    const storage = new LeastStorage();

    const stored = await storage.save('a.txt', new Blob(['x']).stream());

    expect(stored.name).toMatch(/^a_\w{7}\.txt$/);
  });
});

describe('whatever a primitive answers', () => {
  it('a name that is not allowed is not handed on', async () => {
    class Straying extends LeastStorage {
      protected override async writeObject(
        name: string,
        intake: Intake,
        options: WriteOptions,
      ): Promise<string> {
        return `../${await super.writeObject(name, intake, options)}`;
      }
    }

    await expect(new Straying().save('a.txt', 'x')).rejects.toThrow(InvalidNameError);
  });

  it('bytes that were not all taken are an error', async () => {
    class Forgetful extends LeastStorage {
      protected override async writeObject(name: string): Promise<string> {
        return name;
      }
    }

    await expect(new Forgetful().save('a.txt', 'x')).rejects.toThrow(StorageError);
  });

  it('a body that ends too early is an error, never a short file', async () => {
    class Short extends LeastStorage {
      protected override async readObject(): Promise<ObjectBody | undefined> {
        return { length: 10, bytes: ReadableStream.from([new Uint8Array(7)]) };
      }
    }
    const stream = await new Short().open('a.txt');

    await expect(new Response(stream).bytes()).rejects.toThrow(IntegrityError);
  });

  it('a body that ends too early is not copied as a short file', async () => {
    class Short extends LeastStorage {
      protected override async readObject(): Promise<ObjectBody | undefined> {
        return { length: 10_000, bytes: ReadableStream.from([new Uint8Array(9999)]) };
      }
    }
    const storage = new Short();

    await expect(storage.copy('a.txt', 'b.txt')).rejects.toThrow(IntegrityError);
    expect(await storage.exists('b.txt')).toBe(false);
  });

  it('a failure becomes a StorageError with the cause, without the path of the disk', async () => {
    class Broken extends LeastStorage {
      protected override async statObject(): Promise<FileStat | undefined> {
        throw Object.assign(new Error("EACCES: permission denied, stat '/srv/secret/a.txt'"), {
          code: 'EACCES',
          errno: -13,
          syscall: 'stat',
          path: '/srv/secret/a.txt',
        });
      }
    }
    const storage = new Broken();
    storage.alias = 'private';

    const stat = storage.stat('a.txt');

    await expect(stat).rejects.toThrow(
      'Cannot stat "a.txt" in storage "private": permission denied (EACCES)',
    );
    await expect(stat).rejects.toMatchObject({
      code: 'STORAGE',
      operation: 'stat',
      storage: 'private',
      object: 'a.txt',
      cause: { code: 'EACCES', message: 'permission denied (EACCES), stat' },
    });
  });

  it('a failure while reading becomes a StorageError too', async () => {
    class Broken extends LeastStorage {
      protected override async readObject(): Promise<ObjectBody | undefined> {
        const bytes = new ReadableStream<Uint8Array>({
          pull: (to) => to.error(new Error('reset')),
        });
        return { length: 10, bytes };
      }
    }
    const stream = await new Broken().open('a.txt');

    await expect(new Response(stream).bytes()).rejects.toThrow(StorageError);
  });

  it('a storage that calls every name taken is not asked for ever', async () => {
    class Full extends LeastStorage {
      protected override async writeObject(name: string): Promise<string> {
        throw this.taken('save', name);
      }
    }

    await expect(new Full().save('a.txt', 'x')).rejects.toThrow('the name is taken');
  });

  it('the body of a source that was not read is offered again under the next name', async () => {
    class Asking extends LeastStorage {
      protected override readonly picksNames = true;
      readonly asked: string[] = [];

      protected override async writeObject(
        name: string,
        intake: Intake,
        options: WriteOptions,
      ): Promise<string> {
        this.asked.push(name);
        if (this.objects.has(name)) throw this.taken('save', name);
        return await super.writeObject(name, intake, options);
      }
    }
    const storage = new Asking();
    await storage.save('a.txt', 'first');

    const stored = await storage.save('a.txt', new Blob(['second']).stream());

    expect(storage.asked).toEqual(['a.txt', 'a.txt', stored.name]);
    expect(stored.size).toBe(6);
  });
});

describe('what a storage does not do', () => {
  it('has no path and no URL', () => {
    const storage = new LeastStorage();

    expect(() => storage.path('a.txt')).toThrow(UnsupportedOperationError);
    expect(() => storage.url('a.txt')).toThrow('Cannot make a URL: the storage has none');
  });
});

describe('deleteMany and reclaim', () => {
  class Stubborn extends LeastStorage {
    protected override async removeObject(name: string): Promise<void> {
      if (name.startsWith('bad')) throw new Error('locked');
      await super.removeObject(name);
    }
  }

  it.each(['deleteMany', 'reclaim'] as const)(
    '%s tries all and reports every failure as a StorageError',
    async (operation) => {
      const storage = new Stubborn();
      await storage.save('good.txt', 'x');

      const work = storage[operation](['bad1.txt', 'good.txt', 'bad2.txt']);

      await expect(work).rejects.toMatchObject({
        errors: [
          { code: 'STORAGE', object: 'bad1.txt' },
          { code: 'STORAGE', object: 'bad2.txt' },
        ],
      });
      expect(await storage.exists('good.txt')).toBe(false);
    },
  );

  it('reclaim removes what is unfinished before the object', async () => {
    const log: string[] = [];
    class Logged extends LeastStorage {
      protected override async removeUnfinished(name: string): Promise<void> {
        log.push(`unfinished ${name}`);
      }

      protected override async removeObject(name: string): Promise<void> {
        log.push(`object ${name}`);
      }
    }

    await new Logged().reclaim(['a.txt']);

    expect(log).toEqual(['unfinished a.txt', 'object a.txt']);
  });
});

describe('a name that is too long to be recorded', () => {
  it.each(['rename', 'error', 'overwrite'] as const)(
    'is cut with ifExists "%s"',
    async (ifExists) => {
      const storage = new MemoryStorage();

      const { name } = await storage.save('a/longer-name.tar.gz', 'x', { maxLength: 18, ifExists });

      expect(name).toMatch(/^a\/l_\w{7}\.tar\.gz$/);
    },
  );
});

describe("a writer's own id", () => {
  it('recognises the object of a write that is tried again', async () => {
    const storage = new MemoryStorage();
    await storage.save('a.txt', 'x', { ifExists: 'error', uploadId: 'mine' });

    const again = await storage.save('a.txt', 'x', { ifExists: 'error', uploadId: 'mine' });

    expect(again.name).toBe('a.txt');
    const foreign = storage.save('a.txt', 'x', { ifExists: 'error', uploadId: 'other' });
    await expect(foreign).rejects.toThrow('Cannot save "a.txt": the name is taken');
  });
});

describe('errors of a storage', () => {
  it('name the object and the alias', async () => {
    const storage = new MemoryStorage();
    storage.alias = 'avatars';

    await expect(storage.open('7.png')).rejects.toThrow(
      'Cannot open "7.png" in storage "avatars": no such file',
    );
    await expect(storage.open('7.png')).rejects.toThrow(FileNotFoundError);
  });
});
