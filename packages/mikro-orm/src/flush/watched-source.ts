import type { FileSource } from '@filefield/core';
import { readSource } from '@filefield/core/binding';
import { failPoints, reach, type FailPointOptions } from '../fail-points.ts';

/** Lets tests stop an upload between its bytes; without a hook the source itself. */
export function watchedSource(source: FileSource, options: FailPointOptions): FileSource {
  if (options[failPoints] === undefined) return source;
  if (typeof source === 'function') return () => watchedSource(source(), options);
  return () => watched(source, options);
}

async function* watched(source: FileSource, options: FailPointOptions): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of readSource(source)) {
    yield chunk;
    if (isFirst) await reach(options, 'first-byte', 'after');
    isFirst = false;
  }
  await reach(options, 'last-byte', 'before');
}
