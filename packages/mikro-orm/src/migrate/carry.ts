import {
  FileExistsError,
  FileNotFoundError,
  InvalidNameError,
  StorageError,
  type FileStat,
} from '@filefield/core';
import { reach } from '../fail-points.ts';
import type { Audit } from './audit.ts';
import { differenceOf } from './compare-name.ts';
import { copyName } from './copy-name.ts';
import { isWanted } from './is-wanted.ts';
import { versionOf, type Marks } from './marks.ts';
import { findingsTold, messageOf, type MigrationRun } from './migration-run.ts';
import { factsOf, nothingKnown, type NameFacts } from './name-facts.ts';
import type { NamePair } from './pairs-by-name.ts';
import { holdAtSource } from './source-holds.ts';
import { holdAtTarget, noteMarks, type Hold, type NameToHold } from './target-holds.ts';

const batchSize = 500;
const notesAtOnce = 200;
const givingUpAfter = 5;

/** An object on its way. */
interface Item {
  readonly pair: NamePair & { readonly source: FileStat };
  readonly facts: NameFacts;
  readonly hold: Hold | undefined;
  /** The copy that was there was another one, and is made once more. */
  readonly isAgain?: true;
}

/** How much there is, as far as it is known, and which names are refused. */
type CarriedAudit = Pick<Audit, 'objects' | 'bytes' | 'refused'>;

/** What {@link Carrier} is to do besides copying. */
export interface CarryOptions {
  readonly phase: 'copy' | 'verify';
  /** What it is about, in any order. */
  readonly pairs: AsyncIterable<NamePair>;
  /** Whether what is verified is held at the source as well: no row means it any more. */
  readonly holdsSource: boolean;
  /** Told of every object that has an equal copy. */
  readonly onEqual?: ((name: string) => void) | undefined;
  /** Whether earlier runs may have left something: nothing of this one is under way. */
  readonly cleansUp: boolean;
  /** Counts on from here. */
  readonly counter: { done: number; bytes: number };
}

/**
 * Goes through names once and copies what the target lacks; in the phase `verify` it compares every object with
 * its copy as well.
 */
export class Carrier {
  readonly #run: MigrationRun;
  readonly #audit: CarriedAudit;
  readonly #options: CarryOptions;
  readonly #running = new Set<Promise<void>>();
  readonly #notes: { id: string; marks: Partial<Marks> }[] = [];
  readonly #kept: NameToHold[] = [];
  #inARow = 0;

  constructor(run: MigrationRun, audit: CarriedAudit, options: CarryOptions) {
    this.#run = run;
    this.#audit = audit;
    this.#options = options;
  }

  /** @throws the reason of the signal; errors of the database and of the listings pass through. */
  async carryAll(): Promise<void> {
    const { signal } = this.#run;
    const batch: Item['pair'][] = [];
    try {
      for await (const pair of this.#options.pairs) {
        signal.throwIfAborted();
        const { source } = pair;
        if (source === undefined || this.#audit.refused.has(pair.name)) continue;
        batch.push({ ...pair, source });
        if (batch.length === batchSize) await this.#carry(batch.splice(0));
      }
      await this.#carry(batch.splice(0));
      await Promise.all(this.#running);
      signal.throwIfAborted();
    } finally {
      await Promise.allSettled(this.#running);
      await this.#writeDown();
    }
  }

  async #carry(pairs: readonly Item['pair'][]): Promise<void> {
    if (pairs.length === 0) return;
    const { route, signal } = this.#run;
    const names = pairs.map(({ name }) => name);
    const facts = await factsOf(this.#run, route, names);
    const known = pairs.map((pair) => ({ pair, facts: facts.get(pair.name) ?? nothingKnown }));
    const wanted = known.filter((item) => isWanted(item.pair, item.facts));
    for (const { pair, facts: of } of known) {
      // Its rows have let go of it since it was copied: it is kept here like everything else, and not brought back.
      if (!isWanted(pair, of)) this.#keep(pair, of);
    }
    const holds = await this.#hold(wanted);
    for (const { pair, facts: of } of wanted) {
      signal.throwIfAborted();
      const hold = holds.get(pair.name);
      if (hold === 'barred') continue;
      await this.#begin({ pair, facts: of, hold: hold ?? of.hold });
    }
  }

  /** Lists names in the journal before a byte lies under them, and removes what an earlier run left unfinished there. */
  async #hold(items: readonly Omit<Item, 'hold'>[]): Promise<ReadonlyMap<string, Hold | 'barred'>> {
    const { database, journal, route } = this.#run;
    const toHold = items
      .filter(({ pair, facts }) => needsHold(pair, facts))
      .map(({ pair, facts }) => nameToHold(pair, facts));
    const isHeld = toHold.length > 0;
    if (isHeld) await reach(this.#run, 'hold', 'before');
    const { held, barred } = await holdAtTarget(database, journal, route, toHold);
    if (isHeld) await reach(this.#run, 'hold', 'after');
    for (const [name, reason] of barred) {
      this.#fail(name, new StorageError('copy', { storage: route.to, name }, reason));
    }
    // A run that was killed may have stored an object and not removed what it was written through.
    const begun = items.filter(({ pair, facts }) => {
      const hold = held.get(pair.name) ?? facts.hold;
      const { isOld = false, marks } = hold ?? {};
      return isOld && marks?.copied === undefined && marks?.verified === undefined;
    });
    if (begun.length > 0 && this.#options.cleansUp) {
      await route.target.discardUnfinished?.(begun.map(({ pair }) => pair.name));
    }
    const found = new Map<string, Hold | 'barred'>(held);
    for (const name of barred.keys()) found.set(name, 'barred');
    return found;
  }

  /** Waits for a free place and begins. */
  async #begin(item: Item): Promise<void> {
    const work = this.#carryOne(item).finally(() => this.#running.delete(work));
    // Whoever waits for all of them hears of it.
    work.catch(() => {});
    this.#running.add(work);
    while (this.#running.size >= this.#run.concurrency) await Promise.race(this.#running);
    if (this.#notes.length + this.#kept.length >= notesAtOnce) await this.#writeDown();
  }

  async #carryOne(item: Item): Promise<void> {
    const { signal, tell } = this.#run;
    const { pair } = item;
    try {
      if (pair.target === undefined) await this.#bring(item);
      else await this.#meet(item, pair.target);
      this.#inARow = 0;
    } catch (error) {
      if (signal.aborted) return;
      await this.#failed(item, error);
    }
    const { phase, counter } = this.#options;
    counter.done += 1;
    counter.bytes += pair.source.size;
    const { done, bytes } = counter;
    const total = Math.max(this.#audit.objects, done);
    const totalBytes = Math.max(this.#audit.bytes, bytes);
    tell({ phase, done, total, bytes, totalBytes, name: pair.name });
  }

  /** Copies what the target lacks. */
  async #bring(item: Item): Promise<void> {
    const { route, report, throttle, signal } = this.#run;
    const { pair, facts, hold } = item;
    const uploadId = hold?.uploadId ?? undefined;
    await reach(this.#run, 'first-byte', 'before');
    let sha256: string | undefined;
    try {
      sha256 = await copyName(route, pair.name, facts, { uploadId, throttle, signal });
    } catch (error) {
      if (!(error instanceof FileExistsError)) throw error;
      // It was there under another spelling, or came just now.
      await this.#meet(item, await route.target.stat(pair.name));
      return;
    }
    await reach(this.#run, 'last-byte', 'after');
    report.copied += 1;
    report.copiedBytes += pair.source.size;
    const copied = { of: versionOf(pair.source), sha256 };
    if (hold !== undefined) this.#notes.push({ id: hold.id, marks: { copied } });
    if (this.#options.phase === 'copy') return;
    const target = await route.target.stat(pair.name);
    await this.#meet(
      { ...item, hold: hold && { ...hold, marks: { ...hold.marks, copied } } },
      target,
    );
  }

  /** Compares an object with what lies under its name at the target. */
  async #meet(item: Item, target: FileStat): Promise<void> {
    const { route, report, throttle, signal, isStrict } = this.#run;
    const { phase } = this.#options;
    const { pair, facts, hold } = item;
    const { copied, verified } = hold?.marks ?? {};
    const [of, as] = [versionOf(pair.source), versionOf(target)];
    const isKnown =
      !isStrict && verified?.of === of && verified.as === as && includes(verified.by, this.#run.by);
    if (!isKnown) {
      const by = phase === 'copy' ? 'size' : this.#run.by;
      const known = !isStrict && copied?.of === of ? copied.sha256 : undefined;
      await reach(this.#run, 'verify', 'before');
      const met = { ...pair, target };
      const difference = await differenceOf(route, met, { by, known, throttle, signal });
      await reach(this.#run, 'verify', 'after');
      if (difference !== undefined) {
        const isChanged = copied?.of === of || (verified !== undefined && verified.as !== as);
        // Without a row that means the origin, nobody knows which of the two is newer.
        const isNewer = isChanged && !facts.isReferred && item.isAgain !== true;
        const isOwn = copied !== undefined && !facts.isProtected && hold !== undefined && !isNewer;
        if (!isOwn) {
          this.#conflict(pair.name, `"${route.to}" has another object of this name: ${difference}`);
          return;
        }
        if (item.isAgain)
          throw new StorageError('copy', { storage: route.to, name: pair.name }, difference);
        await this.#bringAgain({ ...item, hold, isAgain: true });
        return;
      }
      if (phase === 'verify' && hold !== undefined) {
        this.#notes.push({ id: hold.id, marks: { verified: { of, as, by } } });
      }
    }
    if (phase === 'copy') {
      report.present += 1;
      return;
    }
    report.verified += 1;
    this.#options.onEqual?.(pair.name);
    this.#keep(pair, facts);
  }

  /** A copy of ours that no row means yet is another one now: the origin was replaced, or the copy is broken. */
  async #bringAgain(item: Item & { readonly hold: Hold }): Promise<void> {
    const { route } = this.#run;
    const { pair, hold } = item;
    const now = (await factsOf(this.#run, route, [pair.name])).get(pair.name);
    if (now?.isProtected !== false || now.hold?.id !== hold.id) {
      throw new StorageError(
        'copy',
        { storage: route.to, name: pair.name },
        'a row came to refer to it',
      );
    }
    await route.target.reclaim([pair.name]);
    const { copied: _, verified: __, ...marks } = hold.marks;
    await this.#bring({
      ...item,
      pair: { ...pair, target: undefined, source: await route.source.stat(pair.name) },
      hold: { ...hold, marks },
    });
  }

  #keep(pair: Item['pair'], facts: NameFacts): void {
    if (this.#options.phase === 'verify' && this.#options.holdsSource) {
      this.#kept.push(nameToHold(pair, facts));
    }
  }

  async #writeDown(): Promise<void> {
    const { database, journal, route, id, report } = this.#run;
    const [notes, kept] = [this.#notes.splice(0), this.#kept.splice(0)];
    await noteMarks(database, journal, notes);
    if (kept.length === 0) return;
    await reach(this.#run, 'hold', 'before');
    report.held += await holdAtSource(database, journal, route, kept, id);
    await reach(this.#run, 'hold', 'after');
  }

  async #failed({ pair: { name }, facts }: Item, error: unknown): Promise<void> {
    const { source } = this.#run.route;
    if (error instanceof InvalidNameError) {
      this.#conflict(name, error.message);
      return;
    }
    // Its row was deleted meanwhile, and so was the object.
    const isGone = error instanceof FileNotFoundError && !(await source.exists(name));
    if (isGone && !(await this.#isReferred(name, facts))) return;
    this.#fail(name, error);
    this.#inARow += 1;
    if (this.#inARow < givingUpAfter) return;
    this.#run.giveUp(`Gave up after ${givingUpAfter} failures in a row: ${messageOf(error)}`);
  }

  async #isReferred(name: string, { isReferred }: NameFacts): Promise<boolean> {
    if (!isReferred) return false;
    return (await factsOf(this.#run, this.#run.route, [name])).get(name)?.isReferred === true;
  }

  #conflict(name: string, reason: string): void {
    const { conflicts } = this.#run.report;
    this.#audit.refused.set(name, reason);
    if (conflicts.length < findingsTold) conflicts.push({ name, reason });
  }

  #fail(name: string, error: unknown): void {
    const { failed } = this.#run.report;
    if (failed.length < findingsTold) failed.push({ name, error: messageOf(error) });
  }
}

/** What lies at the target unprotected, is to leave it, or to come, is held. */
function needsHold({ target }: NamePair, { hold, isProtected, ...facts }: NameFacts): boolean {
  if (hold === undefined) return target === undefined || !isProtected || facts.isLeaving;
  return !hold.marks.wanted && (facts.isOwned || facts.isListed);
}

function nameToHold(
  { name, source, target }: Item['pair'],
  { isOwned, isListed, wasWanted }: NameFacts,
): NameToHold {
  return {
    name,
    size: source.size,
    wanted: isOwned || isListed || wasWanted,
    found: target !== undefined,
  };
}

function includes(found: 'sha256' | 'size', wanted: 'sha256' | 'size'): boolean {
  return found === 'sha256' || wanted === 'size';
}
