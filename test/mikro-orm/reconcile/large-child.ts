/**
 * A process of its own that reconciles 100,000 objects: `node large-child.ts <connection as JSON>` prints the report,
 * with counts for lists, and by how many MiB the process grew.
 */
import { CheckedStorage, defineStorages, type FileStat } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';

const count = 100_000;
const [connection = '{}'] = process.argv.slice(2);

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
const report = await files.reconcile();
const grown = (process.resourceUsage().maxRSS - before) / 1024;
const { objects, references, orphans, missing, problems } = report;
process.stdout.write(
  JSON.stringify({
    objects,
    references,
    orphans: orphans.length,
    missing: missing.length,
    problems,
    grown,
  }),
);
await orm.close(true);
