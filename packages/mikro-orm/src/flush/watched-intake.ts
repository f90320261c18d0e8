import type { Intake } from '@filefield/core/binding';
import { failPoints, reach, type FailPointOptions } from '../fail-points.ts';

/**
 * Lets tests stop a storage between the bytes that it writes; without a hook the intake is left as it is.
 *
 * Not the source is watched: its head is read before the storage has seen a byte.
 */
export function watchedIntake(intake: Intake, options: FailPointOptions): Intake {
  if (options[failPoints] === undefined) return intake;
  const read = intake[Symbol.asyncIterator].bind(intake);
  intake[Symbol.asyncIterator] = () => watched(read(), options);
  return intake;
}

async function* watched(
  chunks: AsyncIterator<Uint8Array>,
  options: FailPointOptions,
): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) {
    yield chunk;
    // Whoever asks for the next chunk has written this one.
    if (isFirst) await reach(options, 'first-byte', 'after');
    isFirst = false;
  }
  await reach(options, 'last-byte', 'before');
}
