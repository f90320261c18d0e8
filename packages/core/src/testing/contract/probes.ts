import assert from 'node:assert/strict';
import { createCipheriv, createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { FileStorage, ReadOptions } from '../../file-storage.ts';

/** The whole object, or a part of it, as text. */
export async function read(
  storage: FileStorage,
  name: string,
  options?: ReadOptions,
): Promise<string> {
  return await new Response(await storage.open(name, options)).text();
}

/** The object's bytes. */
export async function readBytes(storage: FileStorage, name: string): Promise<Uint8Array> {
  return new Uint8Array(await new Response(await storage.open(name)).arrayBuffer());
}

/** Every name, as `walk` gives them. */
export async function walked(storage: FileStorage, prefix?: string): Promise<string[]> {
  return await Array.fromAsync(storage.walk(prefix), (file) => file.name);
}

/** Nothing is there: neither through the name nor through a listing. */
export async function assertNothing(storage: FileStorage, name: string): Promise<void> {
  assert.equal(await storage.exists(name), false, `${name} exists`);
  assert.deepEqual(await walked(storage), []);
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const patterns = new Map<number, Uint8Array>();

/** Bytes that repeat nowhere, the same in every run. */
export function pattern(length: number): Uint8Array {
  const made = patterns.get(length) ?? encryptedZeros(length);
  patterns.set(length, made);
  return new Uint8Array(made);
}

function encryptedZeros(length: number): Uint8Array {
  const cipher = createCipheriv('aes-128-ctr', new Uint8Array(16), new Uint8Array(16));
  return cipher.update(new Uint8Array(length));
}

/** Gives bytes in chunks, as a stream from a network does: it can be read once. */
export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += size) {
    await Promise.resolve();
    yield bytes.subarray(start, start + size);
  }
}

/** Gives bytes, then throws. */
export async function* thenFails(bytes: Uint8Array, error: Error): AsyncGenerator<Uint8Array> {
  yield* inChunks(bytes, 16_384);
  throw error;
}

/** Gives bytes, then calls back and hangs; whoever is still waiting after a second has not heard the signal. */
export async function* thenHangs(
  bytes: Uint8Array,
  reached: () => void,
): AsyncGenerator<Uint8Array> {
  yield* inChunks(bytes, 16_384);
  reached();
  await wait(1000);
}

/** What a promise answers, unless it takes longer than a second. */
export async function soon<T>(promise: Promise<T>): Promise<T> {
  const late = async (): Promise<never> => {
    await wait(1000);
    throw new Error('nothing happened for a second');
  };
  return await Promise.race([promise, late()]);
}

/** An error has this `code` and these fields; told by name, so that two copies of the package agree. */
export function fails(code: string, fields: object = {}): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Error, `${String(error)} is no error`);
    assert.equal('code' in error ? error.code : undefined, code, error.stack);
    assert.partialDeepStrictEqual(Object.assign({}, error), fields);
    return true;
  };
}
