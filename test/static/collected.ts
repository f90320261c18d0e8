import type { FileStorage } from '@filefield/core';
import type { FailingStorage } from '@filefield/core/testing';

/** The names of all objects, in order. */
export async function namesIn(storage: FileStorage): Promise<string[]> {
  return (await Array.fromAsync(storage.walk())).map(({ name }) => name);
}

/** The text of an object. */
export async function textOf(storage: FileStorage, name: string): Promise<string> {
  return new Response(await storage.open(name)).text();
}

/** The names that were saved, in the order of the calls. */
export function savedTo(storage: FailingStorage): string[] {
  return storage.calls
    .filter(({ operation }) => operation === 'save')
    .flatMap(({ names }) => names);
}
