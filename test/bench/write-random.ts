import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';

/** Writes a file of random bytes, durable before anything is timed. */
export async function writeRandom(path: string, mebibytes: number): Promise<void> {
  await using file = await open(path, 'w');
  for (let written = 0; written < mebibytes; written += 1) await file.write(randomBytes(2 ** 20));
  await file.sync();
}
