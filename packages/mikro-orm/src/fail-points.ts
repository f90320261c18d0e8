/**
 * A step of the protocol at which a process may be killed: the journal's insert, the first and the last byte of
 * an upload, BEGIN and COMMIT of the flush, then the worker's lease, its judging, the deletion of the objects,
 * the tombstone and its purge; of a migration the holds, the comparison of a copy, the switch of rows and the settling;
 * of variants the lease of work, the rendering, the announcement of their names, each object, and the list in the row.
 */
export type FailPoint =
  | 'journal'
  | 'first-byte'
  | 'last-byte'
  | 'before-begin'
  | 'before-commit'
  | 'after-commit'
  | 'lease'
  | 'judge'
  | 'delete'
  | 'tombstone'
  | 'purge'
  | 'hold'
  | 'verify'
  | 'switch'
  | 'settle'
  | 'work'
  | 'render'
  | 'announce'
  | 'put'
  | 'list';

/** Which side of the step: its effect is not there yet, or it is. */
export type FailPhase = 'before' | 'after';

/** What a test runs at a fail point: it may wait, throw, or kill the process. */
export type FailPointHook = (point: FailPoint, phase: FailPhase) => void | Promise<void>;

/** The key under which an options object carries the hook; not exported by any entry of the package. */
export const failPoints: unique symbol = Symbol('filefield fail points');

/** Options that may carry a hook. Nothing but a test sets it: no environment variable, no JSON reaches a symbol. */
export interface FailPointOptions {
  readonly [failPoints]?: FailPointHook | undefined;
}

/**
 * Tells the hook of the options that a step is reached, and waits for it; does nothing without a hook.
 *
 * @throws whatever the hook throws.
 */
export async function reach(
  options: FailPointOptions,
  point: FailPoint,
  phase: FailPhase,
): Promise<void> {
  await options[failPoints]?.(point, phase);
}
