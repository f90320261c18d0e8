/**
 * `node folding-child.ts <directory>` works in storages on a file system that folds names, and prints by job what came
 * of it and what is there then.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileSystemStorage } from '../../../packages/core/src/file-system-storage.ts';
import { meetsNeeds, storageContract } from '../../../packages/core/src/testing/index.ts';

const [, , directory = ''] = process.argv;

const jobs: Readonly<Record<string, (storage: FileSystemStorage) => Promise<object>>> = {
  async capabilities({ capabilities }) {
    const { capabilities: others } = createStorage('spelling/capabilities');
    return {
      folds: [capabilities.caseSensitive, capabilities.normalizing],
      spelling: [others.caseSensitive, others.normalizing],
    };
  },
  async location({ location }) {
    return { isOne: createStorage('LOCATION').location === location };
  },
  async contract(storage) {
    const broken: string[] = [];
    const leftOut: string[] = [];
    for (const [index, one] of storageContract.entries()) {
      if (!meetsNeeds(storage, one)) leftOut.push(one.title);
      else await one.run(createStorage(`contract-${index}`)).catch(() => broken.push(one.title));
    }
    return { broken, leftOut };
  },
  async save(storage) {
    await storage.save('Photos/Me.png', 'first');
    const { name } = await storage.save('photos/me.png', 'second');
    return {
      refused: await ended(storage.save('PHOTOS/ME.PNG', 'x', { ifExists: 'error' })),
      renamed: name.replace(/_\w{7}\./, '_*.'),
      isFound: await storage.exists('photos/ME.png'),
    };
  },
  async overwrite(storage) {
    await storage.save('Me.png', 'first');
    await storage.save('me.png', 'second', { ifExists: 'overwrite' });
    return { copied: await ended(storage.copy('me.png', 'ME.png')) };
  },
  async move(storage) {
    await storage.save('Photos/Me.png', 'it is me');
    const moved = await ended(storage.move('Photos/Me.png', 'Photos/ME.png'));
    await storage.move('Photos/Me.png', 'Photos/ME.png', { overwrite: true });
    await storage.move('Photos/ME.png', 'PHOTOS/ME.png', { overwrite: true });
    return { moved };
  },
  async names(storage) {
    await mkdir(join(directory, 'names/cafe\u0301'));
    await writeFile(join(directory, 'names/cafe\u0301/the\u0301.txt'), 'spelled otherwise');
    return { size: await storage.size('café/thé.txt') };
  },
};

function createStorage(name: string): FileSystemStorage {
  return new FileSystemStorage({ location: join(directory, name) });
}

async function ended(work: Promise<unknown>): Promise<string> {
  return await work.then(() => 'done', String);
}

const outcomes: Record<string, object> = {};
for (const [job, work] of Object.entries(jobs)) {
  const storage = createStorage(job);
  const outcome = await work(storage);
  const objects = await Array.fromAsync(storage.walk(), async ({ name }) => [
    name.replace(/_\w{7}\./, '_*.'),
    await new Response(await storage.open(name)).text(),
  ]);
  const unfinished = await readdir(join(directory, job, '.filefield/tmp'));
  outcomes[job] = { ...outcome, objects, unfinished };
}
process.stdout.write(JSON.stringify(outcomes));
