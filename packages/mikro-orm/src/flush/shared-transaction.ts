import { fileBinding } from '@filefield/core/binding';
import type { Database } from '../journal/database.ts';
import { Journal, type DatedTicket, type ScheduledObject } from '../journal/journal.ts';
import { stagedTickets } from './staged-tickets.ts';
import type { SettledFile } from './upload-files.ts';

/**
 * Where there is one connection only (PGlite), the journal shares the transaction that it should outlive: a rollback
 * forgets which objects were uploaded. This remembers them, in this process, until the transaction has ended.
 */
export class SharedTransaction {
  #objects: ScheduledObject[] = [];
  #files: SettledFile[] = [];
  #isPartial = false;

  /** A journal inside the transaction. */
  journal(database: Database, schema: string): Journal {
    return new RememberingJournal(database, schema, (objects) => this.#objects.push(...objects));
  }

  /** A transaction or a savepoint of it took these files back. */
  rolledBack(files: readonly SettledFile[]): void {
    if (!this.hasUploads) return;
    this.#isPartial = true;
    this.#files.push(...files);
  }

  /** These files are in rows now: their objects need no listing. */
  committed(files: readonly SettledFile[]): void {
    const names = new Set(
      files.flatMap(({ staged }) => (staged ? stagedTickets(staged) : [])).map(({ name }) => name),
    );
    this.#objects = this.#objects.filter(({ name }) => !names.has(name));
  }

  /**
   * Lists again what was uploaded, once no transaction is open. What a row refers to, the worker finds and keeps.
   * @param due Milliseconds that a retry may take.
   */
  async end(journal: Journal, due: number): Promise<void> {
    const [objects, files] = [this.#objects, this.#files];
    this.forget();
    const tickets = await journal.schedule(objects, due);
    for (const { file, staged } of files) {
      const ticket = tickets.find(({ name }) => name === staged?.row.name);
      if (staged === undefined || ticket === undefined || !file.isPending) continue;
      const made = tickets.filter(({ name }) => staged.made?.some((one) => one.name === name));
      const expiresAt = ticket.dueAt.getTime();
      fileBinding.unsettle(file, { ...staged, id: ticket.id, expiresAt, made });
    }
  }

  /** After a commit without any rollback: the journal knows everything. */
  forget(): void {
    this.#objects = [];
    this.#files = [];
    this.#isPartial = false;
  }

  /** Whether the transaction wrote to the journal. */
  get hasUploads(): boolean {
    return this.#objects.length > 0;
  }

  /** Whether a savepoint that wrote to the journal was rolled back. */
  get isPartial(): boolean {
    return this.#isPartial;
  }
}

class RememberingJournal extends Journal {
  readonly #remember: (objects: readonly ScheduledObject[]) => void;

  constructor(
    database: Database,
    schema: string,
    remember: (objects: readonly ScheduledObject[]) => void,
  ) {
    super(database, schema);
    this.#remember = remember;
  }

  override async schedule(
    objects: readonly ScheduledObject[],
    due: number,
  ): Promise<DatedTicket[]> {
    this.#remember(objects);
    return super.schedule(objects, due);
  }
}
