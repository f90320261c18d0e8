/**
 * `node full-disk-child.ts <directory> <operation>` fills the file system of the directory, where a storage holds two
 * objects, tries the operation, and prints how it ended and what is there then.
 */
import { open, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FieldFile } from '../../../packages/core/src/field-file.ts';
import { FileSystemStorage } from '../../../packages/core/src/file-system-storage.ts';
import { asLibrary } from '../../../packages/core/src/library-options.ts';

const [directory = '', operation = ''] = process.argv.slice(2);
const storage = new FileSystemStorage({ location: join(directory, 'media') });
const note = join(directory, 'note.txt');

const operations: Readonly<Record<string, () => Promise<unknown>>> = {
  save: async () => storage.save('new/large.bin', large()),
  'save over an object': async () => storage.save('old.txt', large(), { ifExists: 'overwrite' }),
  async createWriteStream() {
    const stream = storage.createWriteStream('new/large.bin');
    const piped = ReadableStream.from(large()).pipeTo(stream);
    await Promise.allSettled([piped, stream.stored]);
    await stream.stored;
  },
  copy: async () => storage.copy('large.bin', 'new/large.bin'),
  'copy over an object': async () => storage.copy('large.bin', 'old.txt', { overwrite: true }),
  move: async () => storage.move('large.bin', 'new/large.bin'),
  async 'save the owner'() {
    await fill(0);
    await storage.save('.filefield/owner', 'mine', asLibrary({ ifExists: 'error' }));
  },
  saveTo: async () => FieldFile.from(large).saveTo(note),
};

/** 512 kB, as a stream gives them. */
async function* large(): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < 32; index += 1) yield new Uint8Array(16_384).fill(index);
}

/** Leaves room for so many bytes. */
async function fill(room: number): Promise<void> {
  const path = join(directory, 'filler.bin');
  await using file = await open(path, 'w');
  let size = 0;
  try {
    for (;;) size += (await file.write(new Uint8Array(4096))).bytesWritten;
  } catch {
    await truncate(path, size - room);
  }
}

await storage.save('old.txt', 'old');
await storage.save('large.bin', large());
await writeFile(note, 'old');
await fill(102_400);

const ended = await (async () => operations[operation]?.())().then(() => 'done', String);

const objects = await Array.fromAsync(storage.walk(), ({ name, size }) => `${name}: ${size}`);
const left = await readdir(join(directory, 'media'), { recursive: true });
process.stdout.write(
  JSON.stringify({
    ended,
    objects,
    old: await new Response(await storage.open('old.txt')).text(),
    note: await readFile(note, 'utf8'),
    left: left.filter((path) => !objects.some((object) => object.startsWith(`${path}:`))),
  }),
);
