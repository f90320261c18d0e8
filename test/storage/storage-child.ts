/**
 * A process of its own around a storage, which prints what it found as JSON:
 * `node storage-child.ts sparse` saves 5 GiB of a stream into a storage that keeps nothing;
 * `… walk <location>` walks over every object, `… full <location>` saves what the disk has no room for,
 * `… read-only <location>` tries what a location that nobody may write to allows,
 * `… forbidden <location>` what a directory that nobody may enter tells.
 */
import { chmodSync } from 'node:fs';
import { CheckedStorage } from '../../packages/core/src/checked-storage.ts';
import type { FileStorage } from '../../packages/core/src/file-storage.ts';
import { FileSystemStorage } from '../../packages/core/src/file-system-storage.ts';
import type { Intake } from '../../packages/core/src/intake.ts';

const [job = '', location = ''] = process.argv.slice(2);
const mebibyte = 1024 * 1024;

/** Takes every byte and keeps none. */
class DiscardingStorage extends CheckedStorage {
  readonly location = 'null://void/';

  protected async writeObject(name: string, intake: Intake): Promise<string> {
    for await (const chunk of intake) if (chunk.byteLength === 0) break;
    return name;
  }

  protected async readObject(): Promise<undefined> {}
  protected async statObject(): Promise<undefined> {}
  protected async removeObject(): Promise<void> {}

  protected async listLevel(): Promise<{ directories: string[]; files: [] }> {
    return { directories: [], files: [] };
  }
}

const jobs: Readonly<Record<string, () => Promise<object>>> = {
  async sparse() {
    const storage = new DiscardingStorage();
    await storage.save('warm.bin', zeros(16));
    const before = process.resourceUsage().maxRSS;
    const { size, sha256 } = await storage.save('sparse.bin', zeros(5 * 1024));
    return { size, sha256, grown: grownSince(before) };
  },
  async walk() {
    const storage = new FileSystemStorage({ location });
    const before = process.resourceUsage().maxRSS;
    let count = 0;
    let ascending = true;
    let last = '';
    for await (const { name } of storage.walk()) {
      ascending &&= Buffer.compare(Buffer.from(last), Buffer.from(name)) < 0;
      last = name;
      count += 1;
    }
    return { count, ascending, last, grown: grownSince(before) };
  },
  async full() {
    const storage = new FileSystemStorage({ location });
    const failed = await failure(storage.save('dir/large.bin', zeros(2)));
    const small = await storage.save('small.txt', 'there is room for this');
    return { failed, small: small.name, found: await names(storage) };
  },
  async 'read-only'() {
    const storage = new FileSystemStorage({ location });
    await storage.save('old/a.txt', 'still readable');
    for (const directory of ['.filefield/tmp', 'old', ''])
      chmodSync(`${location}/${directory}`, 0o555);
    becomeNobody();
    return {
      save: await failure(storage.save('new.txt', 'x')),
      remove: await failure(storage.delete('old/a.txt')),
      copy: await failure(storage.copy('old/a.txt', 'b.txt')),
      move: await failure(storage.move('old/a.txt', 'b.txt')),
      read: await new Response(await storage.open('old/a.txt')).text(),
      found: await names(storage),
      another: await failure(
        (async () => new FileSystemStorage({ location: `${location}/sub` }))(),
      ),
    };
  },
  async forbidden() {
    const storage = new FileSystemStorage({ location });
    await storage.save('secret/a.txt', 'x');
    chmodSync(`${location}/secret`, 0);
    becomeNobody();
    return {
      exists: await failure(storage.exists('secret/a.txt')),
      open: await failure(storage.open('secret/a.txt')),
      copy: await failure(storage.copy('secret/a.txt', 'b.txt')),
      remove: await failure(storage.delete('secret/a.txt')),
      list: await failure(storage.list('secret')),
      walk: await failure(names(storage)),
    };
  },
};

/** Rights do not bind the superuser. */
function becomeNobody(): void {
  if (process.geteuid?.() === 0) process.seteuid?.(65_534);
}

async function names(storage: FileStorage): Promise<string[]> {
  return await Array.fromAsync(storage.walk(), ({ name }) => name);
}

/** Which error a promise rejects with, and what it says. */
async function failure(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'done',
    (error: unknown) => String(error),
  );
}

/** MiB. */
function grownSince(before: number): number {
  return (process.resourceUsage().maxRSS - before) / 1024;
}

/** The same memory again and again, as a file with a hole in it reads. */
async function* zeros(mebibytes: number): AsyncGenerator<Uint8Array> {
  const hole = new Uint8Array(mebibyte);
  for (let index = 0; index < mebibytes; index += 1) yield hole;
}

process.stdout.write(JSON.stringify(await jobs[job]?.()));
