import { sharpEngine } from '@filefield/core/sharp';
import { request } from './rendering.ts';

// Decodes an image that never ends, with another child waiting for the next one, until it is killed.
async function* endless(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(10);
  process.stdout.write('decoding\n');
  await new Promise((resolve) => void setTimeout(resolve, 60_000));
}

await sharpEngine().render(endless(), request());
