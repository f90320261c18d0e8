import type * as OpenTelemetry from '@opentelemetry/api';
import type { Worker } from './worker.ts';

/**
 * Reports a worker to OpenTelemetry where the application has `@opentelemetry/api` and has set a meter provider by
 * now; does nothing otherwise. Counters `filefield.reclaimed` (objects), `filefield.reclaimed.size` (bytes),
 * `filefield.reclaim.failures`, the histogram `filefield.reclaim.delay` (seconds from due to deleted), and gauges
 * `filefield.journal.rows` by `filefield.state` and `filefield.journal.oldest_due` (seconds).
 *
 * @returns what ends it.
 */
export async function reportToOpenTelemetry(worker: Worker): Promise<() => void> {
  const api = await openTelemetry();
  if (api === undefined) return () => {};
  const meter = api.metrics.getMeter('@filefield/mikro-orm');
  const reclaimed = meter.createCounter('filefield.reclaimed', { unit: '{object}' });
  const bytes = meter.createCounter('filefield.reclaimed.size', { unit: 'By' });
  const failures = meter.createCounter('filefield.reclaim.failures', { unit: '{object}' });
  const delays = meter.createHistogram('filefield.reclaim.delay', { unit: 's' });
  const rows = meter.createObservableGauge('filefield.journal.rows', { unit: '{row}' });
  const oldest = meter.createObservableGauge('filefield.journal.oldest_due', { unit: 's' });
  const ends = [
    worker.on('reclaimed', ({ storage, size, delay }) => {
      const about = { 'filefield.storage': storage };
      reclaimed.add(1, about);
      if (size !== undefined) bytes.add(size, about);
      if (delay !== undefined) delays.record(delay, about);
    }),
    worker.on('failed', ({ storage, isDead }) => {
      failures.add(1, { 'filefield.storage': storage, 'filefield.dead': isDead });
    }),
  ];
  const observe: Parameters<typeof meter.addBatchObservableCallback>[0] = async (result) => {
    const { oldestDue, ...counts } = (await worker.stats()).journal;
    for (const [state, count] of Object.entries(counts)) {
      result.observe(rows, count, { 'filefield.state': state });
    }
    const age = oldestDue === undefined ? 0 : (Date.now() - oldestDue.getTime()) / 1000;
    result.observe(oldest, age);
  };
  meter.addBatchObservableCallback(observe, [rows, oldest]);
  return () => {
    for (const end of ends) end();
    meter.removeBatchObservableCallback(observe, [rows, oldest]);
  };
}

async function openTelemetry(): Promise<typeof OpenTelemetry | undefined> {
  try {
    return await import('@opentelemetry/api');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
