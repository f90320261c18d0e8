/**
 * A process of its own that writes to a bucket: `node writer-child.ts <options> hang` saves a stream that hangs, prints
 * `writing` and waits to be killed; `… large` saves 192 MiB, reads them back and prints how many MiB the process grew;
 * `… <text>` saves one name ten times at once and prints the names it got with the SHA-256 of what it wrote.
 */
import { S3Storage } from '../../packages/s3/src/index.ts';

const [options = '{}', text = ''] = process.argv.slice(2);
const { endpoint, region, credentials, bucket, prefix } = JSON.parse(options);
const storage = new S3Storage({ endpoint, region, credentials, bucket, prefix });
const mebibyte = 1024 * 1024;

const jobs: Readonly<Record<string, () => Promise<void>>> = {
  async hang() {
    await storage.save('large.bin', hanging(), { ifExists: 'error' });
  },
  async large() {
    await storage.save('warm.bin', zeros(16), { ifExists: 'error' });
    const before = process.resourceUsage().maxRSS;
    const { size } = await storage.save('huge.bin', zeros(192), { ifExists: 'error' });
    let read = 0;
    for await (const chunk of await storage.open('huge.bin')) read += chunk.byteLength;
    const grown = (process.resourceUsage().maxRSS - before) / 1024;
    process.stdout.write(JSON.stringify({ size, read, grown }));
  },
};

async function many(): Promise<void> {
  const saves = Array.from({ length: 10 }, (_, index) =>
    storage.save('race/same.txt', `${text} ${index} `.repeat(1000)),
  );
  const stored = await Promise.all(saves);
  process.stdout.write(JSON.stringify(stored.map(({ name, sha256 }) => [name, sha256])));
}

async function* hanging(): AsyncGenerator<Uint8Array> {
  yield* zeros(20);
  process.stdout.write('writing');
  await new Promise<void>((resolve) => void setTimeout(resolve, 60_000));
}

async function* zeros(mebibytes: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < mebibytes * 4; index += 1) yield new Uint8Array(mebibyte / 4);
}

await (jobs[text] ?? many)();
await storage.close();
