import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileSystemStorage } from '@filefield/core';
import { reportRun } from './child-run.ts';

const [variant = '', source = '', target = ''] = process.argv.slice(2);
const location = dirname(target);
const name = 'object.bin';

const variants: Record<string, () => Promise<void>> = {
  'save() of FileSystemStorage': async () => {
    await new FileSystemStorage({ location }).save(name, createReadStream(source));
  },
  'stream copy': async () => {
    await pipeline(createReadStream(source), createWriteStream(target));
  },
  'stream copy, fsync': async () => {
    await pipeline(createReadStream(source), createWriteStream(target));
    await sync();
  },
  'stream copy, sha256 and fsync': async () => {
    const hash = createHash('sha256');
    const hashing = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(createReadStream(source), hashing, createWriteStream(target));
    hash.digest();
    await sync();
  },
  'open() of FileSystemStorage': async () => {
    const storage = new FileSystemStorage({ location });
    let size = 0;
    for await (const chunk of await storage.open(name)) size += chunk.byteLength;
    assertRead(size);
  },
  'read stream': async () => {
    let size = 0;
    for await (const chunk of createReadStream(target)) size += (chunk as Uint8Array).byteLength;
    assertRead(size);
  },
};

const work = variants[variant];
if (work === undefined) throw new TypeError(`Cannot run ${variant}: no such variant`);
await reportRun(work);

async function sync(): Promise<void> {
  await using file = await open(target, 'r+');
  await file.sync();
}

function assertRead(size: number): void {
  if (size === 0) throw new Error('nothing was read');
}
