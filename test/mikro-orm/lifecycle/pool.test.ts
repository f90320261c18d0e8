import { describe, expect, it } from 'vitest';
import { createApp, text, unlessStuck, type App } from '../support.ts';
import { Doc } from './entities.ts';

async function implicit(app: App, name: string): Promise<void> {
  const em = app.em();
  const doc = em.create(Doc, { name, file: text(`${name}.txt`) });
  await em.flush();
  doc.file = doc.file!.renamed(`${name}2.txt`);
  await em.flush();
}

async function explicit(app: App, name: string): Promise<void> {
  await app.em().transactional(async (em) => {
    await em.count(Doc);
    const doc = em.create(Doc, { name, file: text(`${name}.txt`) });
    await em.flush();
    doc.file = doc.file!.renamed(`${name}2.txt`);
  });
}

async function nested(app: App, name: string): Promise<void> {
  await app.em().transactional(async (em) => {
    await em.count(Doc);
    await em.transactional(async (inner) => {
      const doc = inner.create(Doc, { name, file: text(`${name}.txt`) });
      await inner.flush();
      doc.file = doc.file!.renamed(`${name}2.txt`);
    });
  });
}

async function retried(app: App, name: string): Promise<void> {
  const em = app.em();
  await em.transactional(async (outer) => {
    const file = text(`${name}2.txt`);
    await outer
      .transactional(async (inner) => {
        inner.create(Doc, { name, file });
        await inner.flush();
        throw new Error('inner');
      })
      .catch(() => outer.clear());
    outer.create(Doc, { name, file });
  });
}

async function handle(app: App, name: string): Promise<void> {
  await app.em().transactional(async (em) => {
    const doc = em.create(Doc, { name });
    await em.flush();
    await app.files.field(doc, 'file').save(`${name}.txt`, 'bytes');
    await app.files.field(doc, 'file').rename(`${name}2.txt`);
  });
}

describe('an exhausted pool', () => {
  it.each<[string, number, number, (app: App, name: string) => Promise<void>]>([
    ['implicit flushes', 1, 3, implicit],
    ['explicit transactions', 1, 3, explicit],
    ['nested transactions', 1, 3, nested],
    ['uploads used again after a savepoint', 1, 3, retried],
    ['handles', 1, 3, handle],
    ['implicit flushes', 4, 8, implicit],
    ['explicit transactions', 4, 8, explicit],
    ['nested transactions', 4, 8, nested],
    ['uploads used again after a savepoint', 4, 8, retried],
    ['handles', 4, 8, handle],
  ])('never deadlocks: %s, %i connections, %i at once', async (_, max, atOnce, run) => {
    const app = await createApp([Doc], { orm: { pool: { min: 0, max } } });
    const names = Array.from({ length: atOnce }, (__, n) => `n${n}`);

    const done = Promise.all(names.map((name) => run(app, name))).then(() => 'done');

    expect(await unlessStuck(done)).toBe('done');
    expect(await app.reclaim()).toEqual(names.map((name) => `${name}2.txt`));
  });
});
