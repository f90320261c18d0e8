import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../../packages/mikro-orm/src/journal/database.ts';
import { listenThrough } from '../../../packages/mikro-orm/src/worker/notifications.ts';
import { createDatabase } from '../../support/database.ts';
import { Doc } from '../lifecycle/entities.ts';
import { createApp, text as file, unlessStuck } from '../support.ts';
import { createWorld } from '../worker/world.ts';

/** Runs the script; killed after 20 s, which shows as `SIGKILL`. */
async function run(...args: string[]) {
  const { url } = await createDatabase();
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('child.ts', import.meta.url)), url, ...args],
    { timeout: 20_000, killSignal: 'SIGKILL' },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const [out, err, ended] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { out, err, code: ended[0] as number | null, signal: ended[1] as string | null };
}

describe('a script', () => {
  it.each([
    ['that never closes, with a worker of its own,', ['auto']],
    ['that never closes, without a worker,', ['manual']],
    ['that closes the ORM', ['auto', 'close']],
  ])('%s ends by itself', async (_, args) => {
    const ended = await run(...args);

    expect(ended).toEqual({ out: 'done', err: '', code: 0, signal: null });
  });
});

describe('the connection that listens', () => {
  it('keeps the process until it listens: who closes meanwhile waits for that', async () => {
    const { url } = await createDatabase();
    const client = new pg.Client(url);
    await client.connect();
    const order: string[] = [];

    const end = await listenThrough(async () => ({
      query: async (sql) => {
        await client.query(sql);
        order.push(sql);
      },
      on: (event, listener) => client.on(event, listener),
      end: async () => client.end(),
      unref: () => void order.push('let go'),
    }))(
      () => undefined,
      () => undefined,
    );
    await end();

    expect(order).toEqual(['listen filefield_journal', 'let go']);
  });
});

describe('worker.stop()', () => {
  it('ends a subscription that began while it stopped', async () => {
    const world = await createWorld();
    const gate = Promise.withResolvers<void>();
    const database: Database = {
      ...world.database,
      all: async (sql, params) => {
        await gate.promise;
        return await world.database.all(sql, params);
      },
    };
    const open = new Set<object>();
    const worker = world.worker({
      database,
      listen: async () => {
        const subscription = {};
        open.add(subscription);
        return async () => void open.delete(subscription);
      },
    });
    worker.start();
    await new Promise((resolve) => setTimeout(resolve, 50));

    const stopped = worker.stop();
    gate.resolve();
    await stopped;

    expect(open.size).toBe(0);
  });
});

describe('orm.close()', () => {
  it('stops the worker and leaves no connection behind', async () => {
    const app = await createApp([Doc], { files: { worker: 'auto' } });
    const watching = await createApp([Doc]);
    await app.em().transactional(async (em) => {
      em.create(Doc, { name: 'a', file: file('a.txt') });
      await em.flush();
    });

    await app.orm.close();

    const connections = async (): Promise<unknown[]> =>
      await watching.sql('select pid from pg_stat_activity where datname = ?', [app.database.name]);
    await expect.poll(connections, { timeout: 5000 }).toEqual([]);
    expect(app.files.worker.isStarted).toBe(false);
  });

  it('ends while a hint to the workers is under way', async () => {
    const app = await createApp([Doc]);
    const em = app.em();
    em.create(Doc, { name: 'a', file: file('a.txt') });
    await em.flush();
    await new Promise((resolve) => setTimeout(resolve, 21));

    expect(await unlessStuck(app.orm.close().then(() => 'closed'))).toBe('closed');
  });

  it('may be called twice', async () => {
    const app = await createApp([Doc], { files: { worker: 'auto' } });

    await app.orm.close();
    await app.orm.close();

    expect(app.files.worker.isStarted).toBe(false);
  });
});
