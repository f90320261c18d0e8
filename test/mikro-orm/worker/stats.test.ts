import { MemoryStorage } from '@filefield/core';
import { failingStorage } from '@filefield/core/testing';
import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWorld, file } from './world.ts';
import type { World } from './world.ts';

const atLeastASecond: unknown = expect.toSatisfy((delay: number) => delay >= 1, 'is at least 1');

/** A row let go of a file of 5 bytes, a second ago. */
async function release(world: World, name: string): Promise<void> {
  await world.storages['media']?.save(name, 'bytes');
  await world.sql(
    `insert into file_journal (storage, name, due_at, value) values ('media', $1, now() - interval '1 second', $2)`,
    [name, file(name, 'media', { size: 5 })],
  );
}

async function worldOfFaults(): Promise<World> {
  const fault = { operation: 'reclaim', name: 'stuck.txt' } as const;
  return await createWorld({ media: failingStorage(new MemoryStorage({ id: 'media' }), [fault]) });
}

describe('a worker tells', () => {
  it('each object that it deleted, with its size and how long it was due', async () => {
    const world = await createWorld();
    await release(world, 'a.txt');
    const worker = world.worker();
    const events: unknown[] = [];
    worker.on('reclaimed', (event) => events.push(event));

    await worker.drain();

    expect(events).toEqual([{ storage: 'media', name: 'a.txt', size: 5, delay: atLeastASecond }]);
  });

  it('each deletion that failed, and why', async () => {
    const world = await worldOfFaults();
    await release(world, 'stuck.txt');
    const worker = world.worker();
    const events: unknown[] = [];
    worker.on('failed', (event) => events.push(event));

    await worker.drain();

    expect(events).toEqual([
      {
        storage: 'media',
        name: 'stuck.txt',
        error: expect.stringContaining('a fault was ordered'),
        attempts: 1,
        isDead: false,
      },
    ]);
  });

  it('nobody who has stopped listening', async () => {
    const world = await createWorld();
    await release(world, 'a.txt');
    const worker = world.worker();
    const events: unknown[] = [];
    worker.on('reclaimed', (event) => events.push(event))();

    await worker.drain();

    expect(events).toEqual([]);
  });

  it('the others too when a listener throws, and logs it', async () => {
    const world = await createWorld();
    await release(world, 'a.txt');
    const worker = world.worker();
    const names: string[] = [];
    worker.on('reclaimed', () => {
      throw new Error('no room in the log');
    });
    worker.on('reclaimed', ({ name }) => names.push(name));

    const { reclaimed } = await worker.drain();

    expect({ reclaimed, names }).toEqual({ reclaimed: 1, names: ['a.txt'] });
    expect(world.log).toEqual([
      'warn: A listener of "reclaimed" failed: Error: no room in the log',
    ]);
  });
});

describe('stats()', () => {
  it('counts what the worker did', async () => {
    const world = await worldOfFaults();
    for (const name of ['a.txt', 'b.txt', 'stuck.txt']) await release(world, name);
    const worker = world.worker();

    await worker.drain();

    expect(await worker.stats()).toMatchObject({
      reclaimed: 2,
      bytes: 10,
      failed: 1,
      dead: 0,
      delay95: atLeastASecond,
    });
  });

  it('counts what the journal lists', async () => {
    const world = await createWorld();
    await world.sql(`insert into file_journal (storage, name, state, due_at) values
      ('media', 'due 1', 0, now() - interval '2 hours'), ('media', 'due 2', 0, now() - interval '1 hour'),
      ('media', 'leased', 1, now() + interval '5 minutes'), ('media', 'later', 0, now() + interval '1 hour'),
      ('media', 'held', 0, 'infinity'), ('media', 'dead', 3, 'infinity'), ('media', 'gone', 2, now()),
      ('elsewhere', 'due', 0, now() - interval '3 hours')`);

    const { journal } = await world.worker().stats();

    expect(journal).toEqual({
      scheduled: 1,
      due: 3,
      oldestDue: expect.toSatisfy(
        (date: Date) => Math.abs(Date.now() - +date - 7_200_000) < 60_000,
      ),
      held: 1,
      dead: 1,
      tombstones: 1,
    });
  });

  it('is nothing where nothing happened', async () => {
    const world = await createWorld();

    expect(await world.worker().stats()).toEqual({
      reclaimed: 0,
      bytes: 0,
      failed: 0,
      dead: 0,
      delay95: undefined,
      journal: { scheduled: 0, due: 0, oldestDue: undefined, held: 0, dead: 0, tombstones: 0 },
    });
  });
});

describe('a started worker', () => {
  it('reports to the OpenTelemetry of the application', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    onTestFinished(async () => {
      metrics.disable();
      await reader.shutdown();
    });
    const world = await createWorld();
    const worker = world.worker();
    worker.start();
    onTestFinished(async () => worker.stop());
    await worker.drain();
    await release(world, 'a.txt');
    await worker.drain();

    await reader.forceFlush();

    const values = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
      .map(({ descriptor, dataPoints: [point] }) => [descriptor.name, point?.value]);
    expect(Object.fromEntries(values)).toMatchObject({
      'filefield.reclaimed': 1,
      'filefield.reclaimed.size': 5,
      'filefield.reclaim.delay': { count: 1 },
      'filefield.journal.rows': expect.any(Number),
      'filefield.journal.oldest_due': 0,
    });
  });
});
