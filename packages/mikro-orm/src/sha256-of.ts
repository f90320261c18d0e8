import { createHash } from 'node:crypto';

/** Reads bytes to their end; gives their SHA-256, 64 hexadecimal digits. */
export async function sha256Of(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex');
}
