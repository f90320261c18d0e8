import type { Database } from './database.ts';
import { qualified } from './sql-text.ts';

/** An object that a writer announces before its first byte is stored. */
export interface ScheduledObject {
  /** Alias. */
  readonly storage: string;
  /** The place that the alias means to this process. */
  readonly location: string;
  readonly name: string;
  /** Marks the object itself, so that a retry recognises it. */
  readonly uploadId?: string | undefined;
  readonly reason: 'upload' | 'copy' | 'direct' | 'orphan';
}

/** A journal row that a writer owns. */
export interface JournalTicket {
  readonly id: string;
  readonly name: string;
}

/** A row about a name. */
export interface JournalEntry extends JournalTicket {
  /** Whether the object is being deleted, or was not long ago: whatever is stored under the name may be deleted too. */
  readonly isBarred: boolean;
}

/** A ticket and when its object will be reclaimed unless a row references it by then. */
export interface DatedTicket extends JournalTicket {
  readonly dueAt: Date;
}

/** Of a direct upload: waits for its row, was taken by one, or waited too long. */
export type UploadState = 'open' | 'used' | 'expired';

/** An object by alias and name. */
export interface JournalName {
  readonly storage: string;
  readonly name: string;
}

/**
 * What the library asks of the journal as the application's role: it needs only EXECUTE on the journal's functions.
 * Everything happens in the transaction of the database it is given.
 */
export class Journal {
  readonly #database: Database;
  readonly #schema: string;

  /** @param schema The journal's schema. Default `public`. */
  constructor(database: Database, schema = 'public') {
    this.#database = database;
    this.#schema = schema;
  }

  /**
   * Afterwards every object is listed to be reclaimed in `due` milliseconds; once committed, not even a crash of
   * PostgreSQL forgets it. Tickets come in the order of the objects.
   */
  async schedule(objects: readonly ScheduledObject[], due: number): Promise<DatedTicket[]> {
    if (objects.length === 0) return [];
    const rows = await this.#call<{ id: string; name: string; dueAt: string }[]>(
      'schedule(?::jsonb, ?::interval)',
      [JSON.stringify(objects), interval(due)],
    );
    return rows.map(({ id, name, dueAt }) => ({ id, name, dueAt: new Date(dueAt) }));
  }

  /**
   * Afterwards the rows are due in `due` milliseconds, if the worker does not have them yet: one that is late but
   * not leased is renewed too.
   *
   * @returns The ids that were renewed; what is missing is claimed, held, or being reclaimed.
   */
  async renew(tickets: readonly JournalTicket[], due: number): Promise<Set<string>> {
    if (tickets.length === 0) return new Set();
    const listed = tickets.map(({ id, name }) => ({ id, name }));
    const ids = await this.#call<string[]>('renew(?::jsonb, ?::interval)', [
      JSON.stringify(listed),
      interval(due),
    ]);
    return new Set(ids);
  }

  /** Afterwards the objects are due now: their writer is known to have failed. */
  async abandon(tickets: readonly JournalTicket[]): Promise<void> {
    await this.renew(tickets, 0);
  }

  /** Afterwards the ticket is no more: its name turned out to be somebody else's object, which must not be reclaimed for it. */
  async withdraw({ id, name }: JournalTicket): Promise<void> {
    await this.#call<boolean>('withdraw(?::bigint, ?::text)', [id, name]);
  }

  /** Tells of direct uploads whether a row may still take them, by the ids of their tickets. */
  async uploads(
    tickets: readonly (JournalTicket & JournalName)[],
  ): Promise<Map<string, UploadState>> {
    if (tickets.length === 0) return new Map();
    const listed = tickets.map(({ id, storage, name }) => ({ id, storage, name }));
    const states = await this.#call<Record<string, UploadState>>('uploads(?::jsonb)', [
      JSON.stringify(listed),
    ]);
    return new Map(Object.entries(states));
  }

  /**
   * Uses up the ticket of a direct upload; call it in the transaction that references the copy of the object, before the
   * statement. Once that is committed, the upload itself is due.
   *
   * @returns Whether it was there and in time: `false` when it was used, has expired, or never existed.
   */
  async claim({ id, storage, name }: JournalTicket & JournalName): Promise<boolean> {
    return this.#call<boolean>('claim(?::bigint, ?::text, ?::text)', [id, storage, name]);
  }

  /** Afterwards a listed object stays until it is restored. @returns How many rows list it: 0 when none does. */
  async hold({ storage, name }: JournalName): Promise<number> {
    return this.#call<number>('hold(?::text, ?::text)', [storage, name]);
  }

  /**
   * Afterwards a listed object is safe for at least `due` milliseconds, or as long as it is held.
   *
   * @returns The value that vanished, or `{ storage, name }` where none was; `null` when the object is not listed
   * any more or is being reclaimed.
   */
  async restore({ storage, name }: JournalName, due: number): Promise<object | null> {
    return this.#call<object | null>('restore(?::text, ?::text, ?::interval)', [
      storage,
      name,
      interval(due),
    ]);
  }

  /**
   * The identity of this journal, made on first need: together with the environment it says whose a location is.
   * A copy of the database has the same one, which is why the environment is asked as well.
   */
  async identity(): Promise<string> {
    return this.#call<string>('identity()', []);
  }

  /** Which of the names are in the journal, in any state: they are not free. */
  async listed(storage: string, names: readonly string[]): Promise<Set<string>> {
    if (names.length === 0) return new Set();
    const found = await this.#call<string[]>('listed(?::text, ?::jsonb)', [
      storage,
      JSON.stringify(names),
    ]);
    return new Set(found);
  }

  /** Every row about these names. */
  async entries(storage: string, names: readonly string[]): Promise<readonly JournalEntry[]> {
    if (names.length === 0) return [];
    return await this.#call<JournalEntry[]>('entries(?::text, ?::jsonb)', [
      storage,
      JSON.stringify(names),
    ]);
  }

  async #call<Result>(call: string, params: readonly unknown[]): Promise<Result> {
    const name = call.slice(0, call.indexOf('('));
    const [row] = await this.#database.all<{ result: Result }>(
      `select ${qualified(this.#schema, `filefield_${name}`)}${call.slice(name.length)} as result`,
      params,
    );
    if (row === undefined) throw new TypeError(`Cannot read the answer of filefield_${name}()`);
    return row.result;
  }
}

function interval(milliseconds: number): string {
  return `${milliseconds} milliseconds`;
}
