import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { UnsupportedOperationError } from './errors.ts';
import type { FileStorage } from './file-storage.ts';
import { smokeUrl, type SmokeFetch } from './smoke-url.ts';

/** Options of {@link smokeTest}. */
export interface SmokeOptions {
  /** Where the application serves URLs that are paths of its own site, such as `https://app.example.com`. Default: these are not fetched. */
  readonly baseUrl?: string | undefined;
  /** Fetches URLs. Default: the global `fetch`. */
  readonly fetch?: SmokeFetch | undefined;
  /** Ends the test; what it stored is removed. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link smokeTest} does, in this order. */
export type SmokeStepName = 'save' | 'stat' | 'read' | 'url' | 'protection' | 'delete' | 'gone';

/** How one step went. */
export interface SmokeStep {
  readonly step: SmokeStepName;
  /** `skipped`: it cannot be tried here, or an earlier one failed. */
  readonly state: 'good' | 'bad' | 'skipped';
  /** What was seen, without a signed URL. */
  readonly message: string;
}

/** What {@link smokeTest} answers. */
export interface SmokeReport {
  /** The alias, where the storage has one. */
  readonly storage: string | undefined;
  /** The object that was stored and removed. */
  readonly name: string;
  /** Whether no step is bad. */
  readonly isGood: boolean;
  readonly steps: readonly SmokeStep[];
}

/** Where the objects of smoke tests lie; nothing else does. */
const directory = 'filefield-smoke';

/**
 * Tries a storage as a deployment will use it: stores a small object with random content under a name of its own, asks
 * for it, reads it back and compares it, fetches its URL, sees that a private object is refused without its signature,
 * and deletes it. Never throws for what it finds; whatever happens, and when it is aborted, it removes the object. A
 * process that is killed in the middle leaves one below `filefield-smoke/`, which `reconcile` finds as an orphan.
 *
 * @throws what `signal` was aborted with, after the object is removed.
 */
export async function smokeTest(
  storage: FileStorage,
  options: SmokeOptions = {},
): Promise<SmokeReport> {
  const { signal } = options;
  const name = `${directory}/${randomUUID()}.txt`;
  const content = Buffer.from(randomBytes(512).toString('hex'));
  const run = new SmokeRun(signal);
  let isStored = false;
  try {
    await run.step('save', async () => {
      // Even one that fails may have stored something.
      isStored = true;
      const stored = await storage.save(name, content, { ifExists: 'error', signal });
      if (stored.name !== name) throw new Error('it was stored under another name');
      return `${content.byteLength} bytes are stored`;
    });
    await run.step('stat', async () => {
      const { size } = await storage.stat(name);
      if (size !== content.byteLength) throw new Error(`it has ${size} bytes`);
      return 'it is there, of the right size';
    });
    await run.step('read', async () => {
      const hash = createHash('sha256');
      for await (const chunk of await storage.open(name, { signal })) hash.update(chunk);
      const expected = createHash('sha256').update(content).digest('hex');
      if (hash.digest('hex') !== expected) throw new Error('other bytes came back');
      return 'the same bytes came back';
    });
    const url = smokeUrl(storage, name, { ...options, content });
    await run.step('url', async () => await url.fetched());
    await run.step('protection', async () => await url.refused());
    await run.step('delete', async () => {
      await storage.delete(name);
      isStored = false;
      return 'it is deleted';
    });
    await run.step('gone', async () => {
      if (await storage.exists(name)) throw new Error('it is still there');
      return 'it is gone';
    });
  } finally {
    if (isStored) await run.cleanUp(async () => await storage.reclaim([name]));
  }
  const { steps } = run;
  const isGood = steps.every(({ state }) => state !== 'bad');
  return { storage: storage.alias, name, isGood, steps };
}

class SmokeRun {
  readonly steps: SmokeStep[] = [];
  readonly #signal: AbortSignal | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** Tries one thing, unless an earlier one failed that everything else needs. */
  async step(step: SmokeStepName, work: () => Promise<string>): Promise<void> {
    this.#signal?.throwIfAborted();
    const isStored = this.steps[0]?.state !== 'bad';
    if (!isStored) {
      this.steps.push({ step, state: 'skipped', message: 'nothing is stored' });
      return;
    }
    try {
      this.steps.push({ step, state: 'good', message: await work() });
    } catch (error) {
      this.#signal?.throwIfAborted();
      const state = error instanceof UnsupportedOperationError ? 'skipped' : 'bad';
      this.steps.push({ step, state, message: messageOf(error) });
    }
  }

  /** Removes what is left; that it cannot is a finding too. */
  async cleanUp(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.steps.push({ step: 'delete', state: 'bad', message: messageOf(error) });
    }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
