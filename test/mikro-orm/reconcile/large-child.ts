/**
 * A process of its own that reconciles many objects: `node large-child.ts <connection as JSON> <count>` prints the
 * report, with counts for lists, by how many MiB the process grew, and what it took beside reading both sides alone.
 */
import { CheckedStorage, defineStorages, type FileStat } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';

const [connection = '{}', given = ''] = process.argv.slice(2);
const count = Number(given);

const Note = defineEntity({
  name: 'Note',
  properties: (p) => ({ id: p.integer().primary(), file: fileField({}).nullable() }),
});

/** Lists objects without keeping them. */
class CountingStorage extends CheckedStorage {
  readonly location = 'memory://counting/';

  protected override async *walkObjects(): AsyncGenerator<FileStat> {
    for (let index = 0; index < count; index += 1) {
      yield { name: nameOf(index), size: 3, modifiedAt: new Date(0) };
    }
  }

  protected async statObject(name: string): Promise<FileStat | undefined> {
    const index = Number(/^(\d+)\.bin$/.exec(name)?.[1] ?? count);
    return index < count ? { name, size: 3, modifiedAt: new Date(0) } : undefined;
  }

  protected async writeObject(name: string): Promise<string> {
    return name;
  }

  protected async readObject(): Promise<undefined> {}
  protected async removeObject(): Promise<void> {}

  protected async listLevel(): Promise<{ directories: string[]; files: FileStat[] }> {
    return { directories: [], files: [] };
  }
}

function nameOf(index: number): string {
  return `${String(index).padStart(9, '0')}.bin`;
}

const files = fileFields({
  storages: defineStorages({ default: () => new CountingStorage() }),
  worker: 'manual',
});
const orm = await MikroORM.init({
  ...JSON.parse(connection),
  entities: [Note],
  extensions: [files],
});
await orm.schema.create();
// The first ten objects are nobody's, and the last ten rows have none.
await orm.em.getConnection().execute(
  `insert into note (file) select jsonb_build_object('storage', 'default', 'name', lpad(i::text, 9, '0') || '.bin', 'size', 3)
  from generate_series(10, ?) i order by random()`,
  [count + 9],
);
await files.reconcile({ aliases: [] });
const before = process.resourceUsage().maxRSS;
const start = performance.now();
const report = await files.reconcile();
const time = performance.now() - start;
const peak = process.resourceUsage().maxRSS;
const bare = await readBothSides();
const { objects, references, orphans, missing, problems } = report;
process.stdout.write(
  JSON.stringify({
    objects,
    references,
    orphans: orphans.length,
    missing: missing.length,
    problems,
    grown: (peak - before) / 1024,
    peak: peak / 1024,
    time,
    bare,
  }),
);
await orm.close(true);

/** Milliseconds for every object and every name, sorted, without comparing them. */
async function readBothSides(): Promise<number> {
  const begun = performance.now();
  let read = 0;
  for await (const { name } of files.storages.get('default').walk()) read += name.length;
  await orm.em.transactional(async (em) => {
    const sorted = `select file ->> 'name' as name from note order by file ->> 'name' collate "C"`;
    await em.execute(`declare bare no scroll cursor for ${sorted}`);
    let rows: { name: string }[];
    do {
      rows = await em.execute<{ name: string }[]>('fetch 2000 from bare');
      for (const { name } of rows) read += name.length;
    } while (rows.length > 0);
  });
  if (read === 0) throw new Error('nothing was read');
  return performance.now() - begun;
}
