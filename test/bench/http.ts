import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request, type IncomingMessage, type RequestOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { interleave, ratios, spread, timed, times, type Timing, type Timings } from './measure.ts';
import { sizes } from './sizes.ts';
import { milliseconds, printTable, printTitle, ratio } from './table.ts';
import { writeRandom } from './write-random.ts';

const size = sizes(
  { downloads: 200, mebibytes: 1, uploads: 50, uploadMebibytes: 2, rounds: 3 },
  { downloads: 200, mebibytes: 8, uploads: 50, uploadMebibytes: 10, rounds: 5 },
);
const directory = await mkdtemp(join(tmpdir(), 'filefield-bench-'));
/** MiB above the start of the server's process, by the variant. */
const growths = new Map<string, number[]>();
const upload = form(Buffer.alloc(size.uploadMebibytes * 2 ** 20, 'x'));

try {
  await mkdir(join(directory, 'u'));
  await writeRandom(join(directory, 'large.bin'), size.mebibytes);
  await writeFile(join(directory, 'small.bin'), randomBytes(10_000));
  printTitle('Files through the application', size);
  report(
    `${size.downloads} downloads of ${size.mebibytes} MiB at once`,
    await compared(['mediaHandler', 'createReadStream().pipe()'], async (port) =>
      all(size.downloads, size.downloads, async (agent) => {
        const bytes = await exchange({ port, path: '/large.bin', agent }, 200);
        if (bytes !== size.mebibytes * 2 ** 20) throw new Error(`got ${bytes} bytes`);
      }),
    ),
  );
  report(
    `${size.downloads * 10} downloads of 10 kB, ${size.downloads} at once`,
    await compared(['mediaHandler', 'createReadStream().pipe()'], async (port) =>
      all(size.downloads * 10, size.downloads, async (agent) => {
        await exchange({ port, path: '/small.bin', agent }, 200);
      }),
    ),
  );
  report(
    `${size.uploads} uploads of ${size.uploadMebibytes} MiB at once`,
    await compared(
      ['readForm() and save()', 'busboy to a file, sha256 and fsync', 'busboy to a file'],
      async (port) =>
        all(size.uploads, size.uploads, async (agent) => {
          const headers = { 'content-type': upload.type, 'content-length': upload.body.length };
          await exchange({ port, method: 'POST', headers, agent }, 204, upload.body);
        }),
    ),
  );
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** Times the work against a server for each of the variants. */
async function compared<Name extends string>(
  names: readonly Name[],
  work: (port: number) => Promise<void>,
): Promise<Record<Name, Timings>> {
  const variants = names.map((name) => [name, async () => serving(name, work)] as const);
  return interleave(Object.fromEntries(variants) as Record<Name, () => Promise<Timing>>, {
    rounds: size.rounds,
    warmup: 1,
  });
}

async function serving(variant: string, work: (port: number) => Promise<void>): Promise<Timing> {
  await rm(join(directory, 'u'), { recursive: true });
  await mkdir(join(directory, 'u'));
  const script = join(import.meta.dirname, 'http-child.ts');
  const child = spawn(process.execPath, [script, variant, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  const time = await timed(async () => work(port));
  child.stdin.end();
  const growth = Number((await lines.next()).value) / 2 ** 20;
  growths.set(variant, [...(growths.get(variant) ?? []), growth]);
  await once(child, 'exit');
  return { time };
}

/** Does something often, so many times at once, each on a connection of its own. */
async function all(
  count: number,
  atOnce: number,
  work: (agent: Agent) => Promise<void>,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  let left = count;
  const lanes = Array.from({ length: atOnce }, async () => {
    while (left-- > 0) await work(agent);
  });
  await Promise.all(lanes);
  agent.destroy();
}

/** Sends a request and answers how many bytes came back. */
async function exchange(options: RequestOptions, status: number, body?: Buffer): Promise<number> {
  const sent = request({ host: '127.0.0.1', ...options }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  if (response.statusCode !== status) throw new Error(`answered ${response.statusCode}`);
  let bytes = 0;
  response.on('data', (chunk: Buffer) => (bytes += chunk.byteLength));
  await once(response, 'end');
  return bytes;
}

function form(bytes: Buffer): { type: string; body: Buffer } {
  const head =
    '--x\r\nContent-Disposition: form-data; name="file"; filename="f.bin"\r\n' +
    'Content-Type: application/octet-stream\r\n\r\n';
  const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--x--\r\n')]);
  return { type: 'multipart/form-data; boundary=x', body };
}

function report(title: string, timings: Record<string, Timings>): void {
  const [ours] = Object.values(timings);
  printTable(
    [title, 'time', 'our time to it', 'RSS above the start, most of all rounds'],
    Object.entries(timings).map(([name, own]) => [
      name,
      milliseconds(spread(times(own))),
      ratio(spread(ratios(ours ?? own, own))),
      `${Math.max(...(growths.get(name) ?? [])).toFixed(0)} MiB`,
    ]),
  );
  growths.clear();
}
