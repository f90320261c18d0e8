import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SharedWork } from '../../packages/http/src/shared-work.ts';

const anybody = new AbortController().signal;

/** Work that ends when the test says so, or when it is told to. */
function heldWork(): {
  begun: number;
  isTold: boolean;
  release: (text: string) => void;
  work: (signal: AbortSignal) => Promise<string>;
} {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const held = { begun: 0, isTold: false, release: resolve, work };
  return held;

  async function work(signal: AbortSignal): Promise<string> {
    held.begun++;
    signal.addEventListener('abort', () => {
      held.isTold = true;
      reject(new Error('told to end'));
    });
    return promise;
  }
}

describe('shared work', () => {
  it('is done once for all who ask meanwhile, and anew for those who ask later', async () => {
    const shared = new SharedWork<string>({ concurrency: 1, queue: 0 });
    const [first, second] = [heldWork(), heldWork()];

    const both = [first, second].map(({ work }) => shared.result('a', anybody, work));
    first.release('made');
    const later = shared.result('b', anybody, second.work);
    second.release('again');

    expect(await Promise.all(both)).toEqual(['made', 'made']);
    expect(await later).toBeUndefined();
    expect(await shared.result('a', anybody, second.work)).toBe('again');
  });

  it('is done for a few at once, others wait in the order of their coming, the rest not', async () => {
    const shared = new SharedWork<string>({ concurrency: 2, queue: 2 });
    const held = Array.from({ length: 5 }, heldWork);
    const results = held.map(({ work }, index) => shared.result(String(index), anybody, work));

    const before = held.map(({ begun }) => begun);
    held[1]!.release('1');
    await results[1];
    await delay(0);

    expect(before).toEqual([1, 1, 0, 0, 0]);
    expect(held.map(({ begun }) => begun)).toEqual([1, 1, 1, 0, 0]);
    expect(await results[4]).toBeUndefined();
  });

  it('goes on while anybody waits for it, and is told to end when nobody does', async () => {
    const shared = new SharedWork<string>({ concurrency: 1, queue: 0 });
    const [one, other] = [new AbortController(), new AbortController()];
    const held = heldWork();
    const results = [one, other].map(({ signal }) => shared.result('a', signal, held.work));

    one.abort(new Error('left'));
    await expect(results[0]).rejects.toThrow('left');
    const whileOneWaits = held.isTold;
    other.abort(new Error('left too'));
    await expect(results[1]).rejects.toThrow('left too');

    expect([whileOneWaits, held.isTold]).toEqual([false, true]);
  });

  it('never begins for those who left while it waited, and their place is free', async () => {
    const shared = new SharedWork<string>({ concurrency: 1, queue: 1 });
    const [running, left, next] = [heldWork(), heldWork(), heldWork()];
    const leaving = new AbortController();
    const first = shared.result('a', anybody, running.work);
    const gone = shared.result('b', leaving.signal, left.work);

    leaving.abort(new Error('left'));
    await expect(gone).rejects.toThrow('left');
    const after = shared.result('c', anybody, next.work);
    running.release('first');
    next.release('next');

    expect(await Promise.all([first, after])).toEqual(['first', 'next']);
    expect(left.begun).toBe(0);
  });

  it('keeps its place until it has ended, though nobody waits, and is begun anew meanwhile', async () => {
    const shared = new SharedWork<string>({ concurrency: 1, queue: 1 });
    const leaving = new AbortController();
    const { promise, resolve } = Promise.withResolvers<string>();
    const deaf = shared.result('a', leaving.signal, async () => promise);
    leaving.abort(new Error('left'));
    await expect(deaf).rejects.toThrow('left');
    const anew = heldWork();

    const result = shared.result('a', anybody, anew.work);
    const before = anew.begun;
    resolve('unheard');
    anew.release('anew');

    expect(await result).toBe('anew');
    expect([before, anew.begun]).toEqual([0, 1]);
  });

  it('fails for all who wait, and the next is done', async () => {
    const shared = new SharedWork<string>({ concurrency: 1, queue: 0 });
    const fail = async (): Promise<string> => Promise.reject(new Error('broken'));

    const both = [1, 2].map(async () => shared.result('a', anybody, fail));

    await expect(Promise.allSettled(both)).resolves.toMatchObject([
      { reason: { message: 'broken' } },
      { reason: { message: 'broken' } },
    ]);
    expect(await shared.result('a', anybody, async () => 'mended')).toBe('mended');
  });
});
