import { randomBytes } from 'node:crypto';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { bareClient, benchStorage } from './bench-s3.ts';
import { interleave, ratios, spread, timed, times } from './measure.ts';
import type { Timings } from './measure.ts';
import { sizes } from './sizes.ts';
import { perSecond, printTable, printTitle, rate, ratio } from './table.ts';

const size = sizes({ urls: 2000, rounds: 5 }, { urls: 20_000, rounds: 15 });
const again = 50;

// Signing asks nothing of a server.
const place = {
  endpoint: 'https://s3.example.com',
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' },
  bucket: 'bench',
};
const storage = benchStorage(place);
const client = bareClient(place);
const page = names(100);
for (const name of page) storage.url(name);

const timings = await interleave(
  {
    url: async () => {
      const fresh = names(size.urls);
      return { time: (await timed(() => fresh.map((name) => storage.url(name)))) / size.urls };
    },
    'url, again in its window': async () => {
      const calls = size.urls * again;
      const time = await timed(() => {
        for (let call = 0; call < calls; call += 1) storage.url(page[call % page.length]!);
      });
      return { time: time / calls };
    },
    getSignedUrl: async () => {
      const keys = names(Math.ceil(size.urls / 10));
      const time = await timed(async () => {
        for (const Key of keys) {
          const command = new GetObjectCommand({ Bucket: place.bucket, Key });
          await getSignedUrl(client, command, { expiresIn: 3600 });
        }
      });
      return { time: time / keys.length };
    },
  },
  { rounds: size.rounds, warmup: 2 },
);

printTitle('Signed URLs of a private S3Storage', size);
printTable(
  ['made by', 'per second', 'to getSignedUrl'],
  [row('url', 50_000), row('url, again in its window', 1_000_000), row('getSignedUrl')],
);

function row(name: keyof typeof timings, budget?: number): string[] {
  const own: Timings = timings[name];
  const found = spread(times(own).map((time) => 1000 / time));
  const faster = ratios(timings.getSignedUrl, own);
  return [
    name,
    budget === undefined ? rate(found) : perSecond(found, budget),
    ratio(spread(faster)),
  ];
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    return `documents/2026/scan-${index}_${randomBytes(11).toString('hex')}.pdf`;
  });
}
