import type { JournalTicket } from '../journal/journal.ts';
import type { UploadBatch } from './upload-host.ts';

/** Keeps the journal rows of running uploads from becoming due, as long as this process lives. */
export class Renewal {
  readonly #tickets: JournalTicket[];
  readonly #batch: UploadBatch;
  readonly #timer: NodeJS.Timeout;
  #expiresAt: number;

  /** @param since When the rows were written, in milliseconds since the epoch. */
  constructor(tickets: readonly JournalTicket[], since: number, batch: UploadBatch) {
    const { uploadTimeout } = batch.host;
    this.#tickets = [...tickets];
    this.#batch = batch;
    this.#expiresAt = since + uploadTimeout;
    this.#timer = setInterval(() => void this.#renew(), Math.max(uploadTimeout / 3, 1000)).unref();
  }

  /** One more row to keep. */
  add(ticket: JournalTicket): void {
    this.#tickets.push(ticket);
  }

  /** Ends the renewing. @returns When the rows are due, in milliseconds since the epoch. */
  end(): number {
    clearInterval(this.#timer);
    return this.#expiresAt;
  }

  async #renew(): Promise<void> {
    const { journal, host } = this.#batch;
    const now = Date.now();
    try {
      await journal.renew(this.#tickets, host.uploadTimeout);
      this.#expiresAt = now + host.uploadTimeout;
    } catch (error) {
      host.warn(`Cannot renew ${this.#tickets.length} running uploads: ${String(error)}`);
    }
  }
}
