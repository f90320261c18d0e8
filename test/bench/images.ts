import { sharpEngine, type RenderRequest, type Resize } from '@filefield/core/sharp';
import sharp from 'sharp';
import { interleave, ratios, spread, timed, times } from './measure.ts';
import { noisyPhotograph } from './noisy-photograph.ts';
import { sizes } from './sizes.ts';
import { milliseconds, printTable, printTitle, ratio } from './table.ts';

const size = sizes({ megapixels: 12, rounds: 5 }, { megapixels: 12, rounds: 25 });

const resizes: readonly Resize[] = [
  { width: 200, height: 200, fit: 'cover', type: 'image/webp', enlarge: false },
  { width: 640, fit: 'inside', type: 'image/webp', enlarge: false },
  { width: 1280, fit: 'inside', type: 'image/webp', enlarge: false },
];
const request: RenderRequest = { resizes, placeholder: false, maxPixels: 100_000_000 };
const photograph = await noisyPhotograph(size.megapixels * 1_000_000);
const engine = sharpEngine();

const timings = await interleave(
  {
    'sharp in this process': async () => ({
      time: await timed(async () => Promise.all(resizes.map(withBareSharp))),
    }),
    'the engine, one after another': async () => ({
      time: await timed(async () => engine.render(inPieces(), request)),
    }),
    'the engine, with a placeholder': async () => ({
      time: await timed(async () => engine.render(inPieces(), { ...request, placeholder: true })),
    }),
    'the engine, no child waiting': async () => {
      const cold = sharpEngine({ idle: 0 });
      return { time: await timed(async () => cold.render(inPieces(), request)) };
    },
  },
  { rounds: size.rounds },
);
await engine.close();

printTitle('Three variants of a photograph', {
  ...size,
  kilobytes: Math.round(photograph.length / 1000),
});
const bare = timings['sharp in this process'];
printTable(
  ['made by', 'median', 'to bare sharp'],
  Object.entries(timings).map(([name, own]) => [
    name,
    milliseconds(spread(times(own))),
    ratio(spread(ratios(own, bare))),
  ]),
);

async function withBareSharp({ width, height, fit }: Resize): Promise<Buffer> {
  return sharp(photograph, { autoOrient: true })
    .resize({ ...(width && { width }), ...(height && { height }), fit, withoutEnlargement: true })
    .webp()
    .toBuffer();
}

async function* inPieces(): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < photograph.length; start += 65_536) {
    yield photograph.subarray(start, start + 65_536);
  }
}
