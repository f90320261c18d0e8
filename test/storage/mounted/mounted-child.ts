/**
 * `node mounted-child.ts <job> <location>` works in a storage whose directory `mounted/` is another file system, and
 * prints what came of it.
 */
import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileSystemStorage } from '../../../packages/core/src/file-system-storage.ts';

const [job = '', location = ''] = process.argv.slice(2);
const storage = new FileSystemStorage({ location, fileMode: 0o640 });

const jobs: Readonly<Record<string, () => Promise<object>>> = {
  async save() {
    await storage.save('mounted/new.txt', 'new');
    await storage.save('mounted/there.txt', 'new', { ifExists: 'overwrite' });
    const taken = await ended(storage.save('mounted/new.txt', 'x', { ifExists: 'error' }));
    return { taken };
  },
  async copy() {
    await storage.copy('here.txt', 'mounted/in.txt');
    await storage.copy('mounted/there.txt', 'out.txt');
    await storage.copy('here.txt', 'mounted/there.txt', { overwrite: true });
    return { taken: await ended(storage.copy('here.txt', 'mounted/in.txt')) };
  },
  async move() {
    await storage.move('mounted/there.txt', 'a/out.txt');
    const taken = await ended(storage.move('here.txt', 'a/out.txt'));
    await storage.move('here.txt', 'mounted/a/in.txt');
    return { taken };
  },
  async full() {
    const copied = await ended(storage.copy('large.bin', 'mounted/large.bin'));
    const moved = await ended(storage.move('large.bin', 'mounted/there.txt', { overwrite: true }));
    return { copied, moved };
  },
  async 'read-only'() {
    execFileSync('/usr/bin/env', ['mount', '-o', 'remount,ro', location]);
    const again = new FileSystemStorage({ location });
    return {
      saved: await ended(again.save('new.txt', 'x')),
      deleted: await ended(again.delete('here.txt')),
      moved: await ended(again.move('here.txt', 'new.txt')),
      elsewhere: await ended((async () => new FileSystemStorage({ location: `${location}/a` }))()),
    };
  },
};

async function ended(work: Promise<unknown>): Promise<string> {
  return await work.then(() => 'done', String);
}

async function read(name: string): Promise<string> {
  const text = await new Response(await storage.open(name)).text();
  return text.length > 10 ? `${text.length} bytes` : text;
}

await storage.save('here.txt', 'here');
await storage.save('large.bin', new Uint8Array(500_000).fill(55));
await storage.save('mounted/there.txt', 'there');

const outcome = await jobs[job]?.();

const names = await Array.fromAsync(storage.walk(), ({ name }) => name);
const objects = await Promise.all(names.map(async (name) => [name, await read(name)] as const));
const unfinished = [
  ...(await readdir(join(location, '.filefield/tmp'))),
  ...(await readdir(join(location, 'mounted'))).filter((entry) => entry.startsWith('.')),
];
process.stdout.write(
  JSON.stringify({ ...outcome, objects: Object.fromEntries(objects), unfinished }),
);
