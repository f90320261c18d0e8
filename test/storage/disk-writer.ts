/**
 * A process of its own that writes into a FileSystemStorage:
 * `node disk-writer.ts <location> many <text>` saves one name 25 times and prints the names;
 * `… one <text>` saves one name that may not be renamed and prints `stored` or the code of the error;
 * `… upload <put or part>` does so with a direct upload to `incoming/a.bin`, prints `writing` and waits to be killed;
 * `… hang` saves 300 kB of a stream that hangs, prints `writing` and waits to be killed;
 * `… large` saves 256 MiB, reads it back and prints how many MiB the process grew.
 */
import { FileSystemStorage } from '../../packages/core/src/file-system-storage.ts';

const [location = '', job = '', text = ''] = process.argv.slice(2);
const storage = new FileSystemStorage({ location, uploadUrl: '/', keys: ['k'.repeat(32)] });
const grant = { name: 'incoming/a.bin', type: 'text/plain', maxSize: 1_000_000, expiresIn: 60 };
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
  async one() {
    const save = storage.save('race/one.txt', text.repeat(300_000), { ifExists: 'error' });
    process.stdout.write(
      await save.then(
        () => 'stored',
        ({ code }) => String(code),
      ),
    );
  },
  async hang() {
    await storage.save('big/file.bin', hanging(), { ifExists: 'error' });
  },
  async upload() {
    const { uploads } = storage;
    if (uploads === undefined) throw new Error('no uploads');
    if (text === 'put') return await uploads.put(grant, hanging());
    const uploadId = await uploads.begin(grant);
    await uploads.putPart(grant, { uploadId, partNumber: 1 }, zeros(0.5));
    await uploads.putPart(grant, { uploadId, partNumber: 2 }, hanging());
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
