/** An object that is deleted for good. */
export interface ReclaimedObject {
  readonly storage: string;
  readonly name: string;
  /** Bytes, where the value told that was let go of. */
  readonly size: number | undefined;
  /** Seconds from when it became due, which is its grace after the commit; `undefined` where an earlier attempt failed. */
  readonly delay: number | undefined;
}

/** An object whose deletion failed. */
export interface FailedObject {
  readonly storage: string;
  readonly name: string;
  /** Why, as the storage says it. */
  readonly error: string;
  /** Failures so far, this one included. */
  readonly attempts: number;
  /** Whether the worker has given it up. */
  readonly isDead: boolean;
}

/** What a worker tells while it works. */
export interface WorkerEvents {
  readonly reclaimed: ReclaimedObject;
  readonly failed: FailedObject;
}

/** Takes an event; whatever it throws is logged and changes nothing. */
export type WorkerListener<Name extends keyof WorkerEvents> = (event: WorkerEvents[Name]) => void;

/** Hands events to those who asked for them. */
export class WorkerEmitter {
  readonly #listeners: { readonly [Name in keyof WorkerEvents]: Set<WorkerListener<Name>> } = {
    reclaimed: new Set(),
    failed: new Set(),
  };
  readonly #complain: (message: string) => void;

  /** @param complain Told of a listener that throws. */
  constructor(complain: (message: string) => void) {
    this.#complain = complain;
  }

  /** @returns what ends it. */
  on<Name extends keyof WorkerEvents>(name: Name, listener: WorkerListener<Name>): () => void {
    this.#listeners[name].add(listener);
    return () => void this.#listeners[name].delete(listener);
  }

  emit<Name extends keyof WorkerEvents>(name: Name, event: WorkerEvents[Name]): void {
    for (const listener of this.#listeners[name]) {
      try {
        listener(event);
      } catch (error) {
        this.#complain(`A listener of "${name}" failed: ${String(error)}`);
      }
    }
  }
}
