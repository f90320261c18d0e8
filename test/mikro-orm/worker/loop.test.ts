import { MikroORM } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { databaseOf } from '../../../packages/mikro-orm/src/journal/database.ts';
import { fileJournal } from '../../../packages/mikro-orm/src/journal/file-journal.ts';
import {
  listenThrough,
  notifyWorkers,
} from '../../../packages/mikro-orm/src/worker/notifications.ts';
import type { Worker } from '../../../packages/mikro-orm/src/worker/worker.ts';
import type { WorkerOptions } from '../../../packages/mikro-orm/src/worker/worker-options.ts';
import { createDatabase } from '../../support/database.ts';
import { StubbornStorage } from './stubborn-storage.ts';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

const patient = { timeout: 20_000, interval: 20 };

describe('a started worker', () => {
  it('works off what is due already', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });

    started(world);

    await vi.waitFor(async () => expect(await world.objects()).toEqual([]), patient);
  });

  it('works off what becomes due by itself', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '300 milliseconds' });

    started(world);

    await vi.waitFor(async () => expect(await world.objects()).toEqual([]), patient);
  });

  it('is woken by a hint', async () => {
    const world = await createWorld();
    const worker = await idle(world);
    await world.put('a.txt', { due: '-1 second' });

    worker.wake();

    await vi.waitFor(async () => expect(await world.objects()).toEqual([]), patient);
  });

  it('is woken by a notification from another process', async () => {
    const world = await createWorld();
    await idle(world, {
      listen: listenThrough(async () => await connected(world.test.url)),
    });
    await world.put('a.txt', { due: '-1 second' });

    await notifyWorkers(world.database);

    await vi.waitFor(async () => expect(await world.objects()).toEqual([]), patient);
  });

  it('listens again after it lost the connection', async () => {
    const world = await createWorld();
    const worker = started(world, {
      listen: listenThrough(async () => await connected(world.test.url)),
    });
    const listeners = `select pid from pg_stat_activity where datname = current_database() and query like 'listen%'`;
    await vi.waitFor(async () => expect(await world.sql(listeners)).toHaveLength(1), patient);
    await world.sql(`select pg_terminate_backend(pid) from (${listeners}) l`);

    await vi.waitFor(async () => {
      worker.wake();
      expect(await world.sql(listeners)).toHaveLength(1);
    }, patient);
  });

  it('goes on when it cannot listen, and says so', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });

    started(world, {
      listen: async () => {
        throw new Error('no direct connection');
      },
    });

    await vi.waitFor(async () => expect(await world.objects()).toEqual([]), patient);
    expect(world.log).toEqual([
      'warn: Cannot listen for notifications, looking every minute: no direct connection',
    ]);
  });

  it('survives failures of the database, and tells each once', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    let broken = true;
    const worker = started(world, {
      database: {
        all: async (sql, params) => {
          if (broken) throw new Error('connection lost');
          return await world.database.all(sql, params);
        },
        transaction: async (work) => await world.database.transaction(work),
      },
    });
    await vi.waitFor(() => expect(world.log).toHaveLength(1), patient);
    worker.wake();

    broken = false;

    await vi.waitFor(async () => {
      worker.wake();
      expect(await world.objects()).toEqual([]);
    }, patient);
    expect(world.log).toEqual(['error: Cannot reclaim files, trying again: connection lost']);
  });

  it('waits for a journal that does not exist yet', async () => {
    const test = await createDatabase();
    const orm = await MikroORM.init({ ...test.connection, entities: [fileJournal()] });
    onTestFinished(async () => await orm.close(true));
    const world = await createWorld();
    const worker = started(world, {
      database: databaseOf(orm.em.getConnection('write')),
      ownTables: () => [],
    });
    await vi.waitFor(
      () =>
        expect(world.log).toEqual([
          'info: Cannot reclaim files yet: the journal is missing, update the schema',
        ]),
      patient,
    );

    await orm.schema.create();
    await orm.em
      .getConnection('write')
      .execute(`insert into file_journal (storage, name) values ('media', 'a.txt')`);
    await world.storages['media']!.save('a.txt', 'a');

    await vi.waitFor(async () => {
      worker.wake();
      expect(await world.objects()).toEqual([]);
    }, patient);
  });

  it('stays off and warns where its role lacks rights', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    const database = await world.databaseOfRole('powerless', []);

    const worker = started(world, { database });

    await vi.waitFor(() => expect(worker.isStarted).toBe(false), patient);
    expect(world.log).toContain(
      'warn: Cannot reclaim files: the role lacks SELECT, INSERT, UPDATE, DELETE on "public"."file_journal"',
    );
    expect(world.log.at(-1)).toBe('warn: The worker stays off until it is started again');
  });

  it('tells a problem that lasts once', async () => {
    const world = await createWorld();
    await world.sql(`insert into file_journal (storage, name) values ('renamed', 'a.txt')`);
    const worker = started(world);
    await vi.waitFor(() => expect(world.log).toHaveLength(1), patient);
    await world.put('b.txt', { due: '-1 second' });

    worker.wake();

    await vi.waitFor(async () => expect(await world.objects()).toEqual([]), patient);
    expect(world.log).toHaveLength(1);
  });
});

describe('stopping', () => {
  it('waits for the two batches that run, and lets no other begin', async () => {
    const storage = new StubbornStorage({ id: 'media' });
    const gate = Promise.withResolvers<void>();
    storage.gate = gate.promise;
    const world = await createWorld({ media: storage });
    await world.sql(
      `insert into file_journal (storage, name) select 'media', i || '.txt' from generate_series(1, 4) i`,
    );
    const worker = started(world, { batch: 1 });
    await vi.waitFor(() => expect(storage.deletions).toBe(2), patient);

    const stopped = worker.stop();
    gate.resolve();
    await stopped;

    const states = (await world.journal()).map((row) => row.state);
    expect(states.toSorted((one, other) => one - other)).toEqual([0, 0, 2, 2]);
    expect(storage.deletions).toBe(2);
  });

  it('ends the subscription', async () => {
    const world = await createWorld();
    const worker = started(world, {
      listen: listenThrough(async () => await connected(world.test.url)),
    });
    const listeners = `select pid from pg_stat_activity where datname = current_database() and query like 'listen%'`;
    await vi.waitFor(async () => expect(await world.sql(listeners)).toHaveLength(1), patient);

    await worker.stop();

    await vi.waitFor(async () => expect(await world.sql(listeners)).toHaveLength(0), patient);
  });

  it('can be followed by another start', async () => {
    const world = await createWorld();
    const worker = started(world);
    await worker.stop();
    await world.put('a.txt', { due: '-1 second' });

    worker.start();

    await vi.waitFor(async () => expect(await world.objects()).toEqual([]), patient);
  });
});

describe('a worker that is not started', () => {
  it('does nothing when it is woken', async () => {
    const world = await createWorld();
    await world.put('a.txt', { due: '-1 second' });
    const worker = world.worker();

    worker.wake();
    await worker.stop();

    expect(await world.objects()).toEqual(['a.txt']);
  });
});

function started(world: World, options?: Partial<WorkerOptions>): Worker {
  const worker = world.worker(options);
  onTestFinished(async () => await worker.stop());
  worker.start();
  return worker;
}

/** A worker that has done its first round: an object that was due before is gone. */
async function idle(world: World, options?: Partial<WorkerOptions>): Promise<Worker> {
  await world.put('first.txt', { due: '-1 second' });
  const worker = started(world, options);
  await vi.waitFor(async () => {
    expect((await world.journal()).map((row) => row.state)).toEqual([2]);
  }, patient);
  return worker;
}

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}
