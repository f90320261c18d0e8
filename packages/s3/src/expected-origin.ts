import { IntegrityError, type CopyFromOptions, type FileStorage } from '@filefield/core';
import { statOf, type ObjectHead } from './object-head.ts';

/**
 * Compares what is about to be copied with what the caller knows of it; later versions than the first are wrong ones.
 * The function throws {@link IntegrityError}.
 */
export function expectedOrigin(
  { alias }: FileStorage,
  name: string,
  expected: NonNullable<CopyFromOptions['expected']>,
): (head: ObjectHead) => void {
  let { etag } = expected;
  const compare = (what: string, wanted?: Fact, found?: Fact): void => {
    if (wanted === undefined || found === undefined || wanted === found) return;
    const told = { expected: `${what} ${wanted}`, received: `${what} ${found}` };
    throw new IntegrityError('copy', { storage: alias, name }, told);
  };
  return (head) => {
    const { size, sha256 } = statOf(name, head);
    compare('size', expected.size, size);
    compare('SHA-256', expected.sha256, sha256);
    compare('ETag', etag, head.ETag);
    etag = head.ETag;
  };
}

type Fact = string | number | undefined;
