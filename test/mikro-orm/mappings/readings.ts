import type { EntityManager } from '@mikro-orm/postgresql';
import { stem } from '../support.ts';
import type { App } from '../support.ts';
import type { Mapping } from './mapping.ts';

/** What an entity manager makes of one row. */
export interface Readings {
  /** The bytes of the file, as each way of reading answers it. */
  readonly read: readonly string[];
  /** The statements of flushes after what was only read. */
  readonly rewritten: readonly string[];
  /** The file of a row that was loaded and saved without it. */
  readonly partial: string;
}

/** Reads the one row in every way, and flushes each time. */
export async function readings(
  app: App,
  { entity, populate, holder }: Mapping,
  find: (em: EntityManager) => Promise<object>,
): Promise<Readings> {
  const hint = { populate: populate as never };
  const ways: ((em: EntityManager) => Promise<object>)[] = [
    find,
    async (em) => {
      const found = await find(em);
      await em.refresh(found, hint);
      return found;
    },
    async (em) => em.merge(entity, await find(app.em())),
    async (em) => find(em.fork({ clear: false })),
    async (em) => (await Array.fromAsync(em.stream(entity, hint)))[0]!,
    async (em) => (await em.qb(entity).getResult())[0]!,
    // The second one comes out of the cache, as JSON.
    async (em) => {
      const cached = { ...hint, cache: 60_000 };
      await app.em().find(entity, {}, cached);
      return (await em.find(entity, {}, cached))[0]!;
    },
  ];
  const read: string[] = [];
  const rewritten: string[] = [];
  for (const way of ways) {
    const em = app.em();
    const { file } = holder(await way(em));
    read.push((await file?.text()) ?? '');
    app.log.length = 0;
    await em.flush();
    rewritten.push(...app.log);
  }

  const em = app.em();
  const [part] = await em.find(entity, {}, { fields: ['title'] as never });
  Reflect.set(part, 'title', 'y');
  await em.flush();
  const { file } = holder(await find(app.em()));
  return { read, rewritten, partial: stem(file?.name ?? '') };
}
