import { createHash } from 'node:crypto';
import type { FileStorage } from '@filefield/core';
import type { StaticBytes } from './source-bytes.ts';

/** Whether an object that is there has these very bytes: its checksum tells where the storage keeps it, else it is read. */
export async function holdsSame(
  storage: FileStorage,
  name: string,
  bytes: StaticBytes,
): Promise<boolean> {
  const wanted = await sha256(typeof bytes === 'function' ? bytes() : [bytes]);
  const stat = await storage.stat(name);
  return wanted === (stat.sha256 ?? (await sha256(await storage.open(name))));
}

async function sha256(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
