/**
 * A process of its own that writes into a FileSystemStorage:
 * `node disk-writer.ts <location> many <text>` saves one name 25 times and prints the names;
 * `… hang` saves 300 kB of a stream that hangs, prints `writing` and waits to be killed;
 * `… large` saves 256 MiB, reads it back and prints how many MiB the process grew.
 */
import { FileSystemStorage } from '../../packages/core/src/file-system-storage.ts';

const [location = '', job = '', text = ''] = process.argv.slice(2);
const storage = new FileSystemStorage({ location });
const mebibyte = 1024 * 1024;

const jobs: Readonly<Record<string, () => Promise<void>>> = {
  async many() {
    const saves = Array.from({ length: 25 }, (_, index) =>
      storage.save('race/same.txt', `${text} ${index}`),
    );
    const stored = await Promise.all(saves);
    process.stdout.write(
      JSON.stringify(stored.map(({ name }, index) => [name, `${text} ${index}`])),
    );
  },
  async hang() {
    await storage.save('big/file.bin', hanging(), { ifExists: 'error' });
  },
  async large() {
    await storage.save('warm.bin', zeros(16));
    const before = process.resourceUsage().maxRSS;
    const { size, sha256 } = await storage.save('large.bin', zeros(256));
    let read = 0;
    for await (const chunk of await storage.open('large.bin')) read += chunk.byteLength;
    const grown = (process.resourceUsage().maxRSS - before) / 1024;
    process.stdout.write(JSON.stringify({ size, sha256, read, grown }));
  },
};

async function* hanging(): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < 3; index += 1) yield new Uint8Array(100_000);
  process.stdout.write('writing');
  await new Promise<void>((resolve) => void setTimeout(resolve, 60_000));
}

async function* zeros(mebibytes: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < mebibytes * 4; index += 1) yield new Uint8Array(mebibyte / 4);
}

await jobs[job]?.();
