import { setTimeout as delay } from 'node:timers/promises';
import { FieldFile, MemoryStorage } from '@filefield/core';
import type { FileSource, SaveOptions, StoredFile } from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { createApp, outcome, stream, text } from '../support.ts';
import { Doc } from './entities.ts';

/** Somebody else stores an object under the first name that is asked for, just before. */
class ContestedStorage extends MemoryStorage {
  #contested: string | undefined;

  override async save(
    name: string,
    source: FileSource,
    options?: SaveOptions,
  ): Promise<StoredFile> {
    if (this.#contested === undefined && !name.startsWith('.filefield/')) {
      this.#contested = name;
      await super.save(name, 'foreign');
    }
    return await super.save(name, source, options);
  }

  async foreign(): Promise<string> {
    return await new Response(await this.open(this.#contested ?? '')).text();
  }
}

describe('an upload whose name is taken by a stranger', () => {
  it('takes another name, which is in the journal first, and the stranger keeps his object', async () => {
    const storage = new ContestedStorage();
    const app = await createApp([Doc], { default: storage });
    const em = app.em();

    const doc = em.create(Doc, { name: 'a', file: text('a.txt', 'mine') });
    await em.flush();

    expect(await doc.file!.text({ verify: true })).toBe('mine');
    expect(await app.journal()).toEqual([]);
    expect(await app.reclaim()).toEqual(['a.txt', 'a.txt']);
    expect(await storage.foreign()).toBe('foreign');
  });

  it('fails when its stream was read, and the stranger keeps his object', async () => {
    const storage = new ContestedStorage();
    const app = await createApp([Doc], { default: storage });
    const em = app.em();
    em.create(Doc, { name: 'a', file: stream('a.txt', 'mine') });

    expect(await outcome(em.flush())).toBe('FileExistsError');
    expect(await app.reclaim()).toEqual(['a.txt']);
    expect(await storage.foreign()).toBe('foreign');
  });
});

describe('an upload that is slower than its timeout', () => {
  it('is renewed as long as it runs', async () => {
    const app = await createApp([Doc], { files: { uploadTimeout: '1500ms' } });
    const em = app.em();
    const slow = FieldFile.from(
      async function* () {
        yield Buffer.from('slow');
        await delay(2500);
      },
      { filename: 'slow.txt' },
    );
    const doc = em.create(Doc, { name: 'a', file: slow });

    const flushed = em.flush();
    await delay(2000);
    const report = await app.files.worker.drain();
    await flushed;

    expect(report.reclaimed).toBe(0);
    expect(await doc.file!.text({ verify: true })).toBe('slow');
    expect(await app.reclaim()).toEqual(['slow.txt']);
  });
});

describe('the uploads of a flush', () => {
  it('cost one statement for the journal, and one that writes all rows', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    Array.from({ length: 10 }, (_, n) => em.create(Doc, { name: `n${n}`, file: text('a.txt') }));

    await em.flush();

    const statements = app.log.map((line) => line.split(/[ ;(]/)[0]);
    expect(statements).toEqual(['select', 'begin', 'insert', 'commit']);
    expect(app.log[0]).toContain('filefield_schedule');
  });

  it.each([1, 3])('run %i at once where that is the limit', async (concurrency) => {
    const app = await createApp([Doc], { files: { concurrency } });
    const em = app.em();
    const running: number[] = [];
    let now = 0;
    const counted = async function* () {
      running.push(++now);
      await delay(20);
      yield Buffer.from('x');
      now--;
    };
    Array.from({ length: 8 }, (_, n) =>
      em.create(Doc, { name: `n${n}`, file: FieldFile.from(counted, { filename: 'a.txt' }) }),
    );

    await em.flush();

    expect(running).toHaveLength(8);
    expect(Math.max(...running)).toBe(concurrency);
  });

  it('are listed in the journal before the first byte is read', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    const seen: string[][] = [];
    const looking = async function* () {
      seen.push(await app.journal());
      yield Buffer.from('x');
    };
    em.create(Doc, { name: 'a', file: FieldFile.from(looking, { filename: 'a.txt' }) });

    await em.flush();

    expect(seen).toEqual([['a.txt upload later']]);
  });

  it('are listed for others before the first byte although the transaction is open', async () => {
    const app = await createApp([Doc]);
    const seen: string[][] = [];
    const looking = async function* () {
      seen.push(await app.journal());
      yield Buffer.from('x');
    };

    await app.em().transactional(async (em) => {
      await em.count(Doc);
      em.create(Doc, { name: 'a', file: FieldFile.from(looking, { filename: 'a.txt' }) });
    });

    expect(seen).toEqual([['a.txt upload later']]);
  });
});
