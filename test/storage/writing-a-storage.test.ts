import { DatabaseSync } from 'node:sqlite';
import { CheckedStorage } from '@filefield/core';
import type { ByteRange, FileStat, Intake, Level, WriteOptions } from '@filefield/core';
import { meetsNeeds, storageContract } from '@filefield/core/testing';
import { describe, it } from 'vitest';

// #region storage
/** Keeps objects as rows of an SQLite database. */
class SqliteStorage extends CheckedStorage {
  readonly location: string;
  readonly #database: DatabaseSync;

  constructor(path: string) {
    super();
    this.location = `sqlite://${encodeURI(path)}/`;
    this.#database = new DatabaseSync(path);
    this.#database.exec(`create table if not exists object
      (name text primary key, bytes blob, type text, upload_id text, modified_at integer)`);
  }

  protected async writeObject(name: string, intake: Intake, options: WriteOptions) {
    const { overwrite, uploadId = null } = options;
    const bytes = Buffer.concat(await Array.fromAsync(intake, (chunk) => Buffer.from(chunk)));
    const { changes } = this.#database
      .prepare(`replace into object select ?1, ?2, ?3, ?4, ?5 where ${overwrite} or not exists
        (select 1 from object where name = ?1 and coalesce(upload_id <> ?4, true))`)
      .run(name, bytes, intake.type, uploadId, Date.now());
    if (changes === 0) throw this.taken('save', name);
    return name;
  }

  protected async readObject(name: string, { start, end }: ByteRange) {
    const found = this.#database.prepare('select bytes from object where name = ?').get(name);
    if (!(found?.['bytes'] instanceof Uint8Array)) return undefined;
    const bytes = found['bytes'].slice(start, end);
    return { length: bytes.length, bytes: ReadableStream.from([bytes]) };
  }

  protected async statObject(name: string) {
    return this.#find('name = ?', name).at(0);
  }

  protected async removeObject(name: string) {
    this.#database.prepare('delete from object where name = ?').run(name);
  }

  protected async listLevel(directory: string): Promise<Level> {
    const prefix = directory === '' ? '' : `${directory}/`;
    const below = this.#find('substr(name, 1, length(?1)) = ?1', prefix);
    const { files = [], deeper = [] } = Object.groupBy(below, ({ name }) =>
      name.includes('/', prefix.length) ? 'deeper' : 'files',
    );
    const parts = deeper.map(({ name }) => name.slice(prefix.length).split('/', 1).join());
    return { directories: [...new Set(parts)], files };
  }

  #find(condition: string, value: string): FileStat[] {
    const columns = 'name, type, length(bytes) as size, modified_at as at';
    const found = this.#database.prepare(`select ${columns} from object where ${condition}`);
    return found.all(value).map(({ name, type, size, at }) => ({
      name: String(name),
      type: String(type),
      size: Number(size),
      modifiedAt: new Date(Number(at)),
    }));
  }
}
// #endregion

// #region contract
describe('SqliteStorage keeps the storage contract:', () => {
  const cases = storageContract.filter((one) => meetsNeeds(new SqliteStorage(':memory:'), one));

  it.each(cases)('$title', async ({ run }) => {
    await run(new SqliteStorage(':memory:'));
  });
});
// #endregion
