/**
 * `node folding-child.ts <job> <directory>` works in a storage on a file system that folds names, and prints what came
 * of it.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileSystemStorage } from '../../../packages/core/src/file-system-storage.ts';
import { meetsNeeds, storageContract } from '../../../packages/core/src/testing/index.ts';

const [job = '', directory = ''] = process.argv.slice(2);
const storage = createStorage('media');

const jobs: Readonly<Record<string, () => Promise<object>>> = {
  async capabilities() {
    const { caseSensitive, normalizing } = storage.capabilities;
    return { caseSensitive, normalizing };
  },
  async contract() {
    const cases = storageContract.filter((one) => meetsNeeds(storage, one));
    const broken: string[] = [];
    for (const [index, { title, run }] of cases.entries()) {
      await run(createStorage(`contract/${index}`)).catch((error: unknown) => {
        broken.push(`${title}: ${String(error)}`);
      });
    }
    return {
      left: storageContract.filter((one) => !cases.includes(one)).map(({ title }) => title),
      broken,
    };
  },
  async save() {
    await storage.save('Photos/Me.png', 'first');
    const { name } = await storage.save('photos/me.png', 'second');
    return {
      refused: await ended(storage.save('PHOTOS/ME.PNG', 'x', { ifExists: 'error' })),
      renamed: /^photos\/me_\w{7}\.png$/.test(name),
      found: await storage.exists('photos/ME.png'),
    };
  },
  async overwrite() {
    await storage.save('Me.png', 'first');
    await storage.save('me.png', 'second', { ifExists: 'overwrite' });
    return { kept: await ended(storage.copy('me.png', 'ME.png')) };
  },
  async move() {
    await storage.save('Photos/Me.png', 'it is me');
    const taken = await ended(storage.move('Photos/Me.png', 'Photos/ME.png'));
    await storage.move('Photos/Me.png', 'Photos/ME.png', { overwrite: true });
    await storage.move('Photos/ME.png', 'PHOTOS/ME.png', { overwrite: true });
    return { taken };
  },
  async 'a name that somebody else spelled'() {
    await mkdir(join(directory, 'media/cafe\u0301'));
    await writeFile(join(directory, 'media/cafe\u0301/the\u0301.txt'), 'spelled otherwise');
    return { size: await storage.size('café/thé.txt') };
  },
};

function createStorage(name: string): FileSystemStorage {
  return new FileSystemStorage({ location: join(directory, name) });
}

async function ended(work: Promise<unknown>): Promise<string> {
  return await work.then(() => 'done', String);
}

const outcome = await jobs[job]?.();

const objects = await Array.fromAsync(storage.walk(), async ({ name }) => [
  name.replace(/_\w{7}\./, '_*.'),
  await new Response(await storage.open(name)).text(),
]);
process.stdout.write(
  JSON.stringify({
    ...outcome,
    objects,
    unfinished: await readdir(join(directory, 'media/.filefield/tmp')),
  }),
);
