import type { CollectAction, CollectOptions } from './collect-options.ts';

/** What a run did so far, told as it happens. */
export class CollectLog {
  readonly names: Readonly<Record<CollectAction, string[]>> = {
    copied: [],
    linked: [],
    processed: [],
    compressed: [],
    deleted: [],
  };
  readonly #tell: CollectOptions['onProgress'];
  #done = 0;
  #total = 0;

  constructor(tell: CollectOptions['onProgress']) {
    this.#tell = tell;
  }

  /** So many more steps, or fewer, are known to come. */
  expect(steps: number): void {
    this.#total += steps;
  }

  add(action: CollectAction, name: string): void {
    this.names[action].push(name);
    this.#done += 1;
    this.#tell?.({ action, name, done: this.#done, total: this.#total });
  }
}
