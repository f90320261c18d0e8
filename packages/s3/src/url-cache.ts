/** Remembers URLs until their window ends. Holds at most twice its limit; what was asked for lately stays. */
export class UrlCache {
  readonly #limit: number;
  #recent = new Map<string, CachedUrl>();
  #older = new Map<string, CachedUrl>();

  constructor(limit = 5000) {
    this.#limit = limit;
  }

  /** @param now Milliseconds since the epoch. */
  get(key: string, now: number): string | undefined {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent.until > now ? recent.url : undefined;
    const older = this.#older.get(key);
    if (older === undefined || older.until <= now) return undefined;
    this.#keep(key, older);
    return older.url;
  }

  /** @param until Milliseconds since the epoch. */
  set(key: string, url: string, until: number): void {
    this.#keep(key, { url, until });
  }

  clear(): void {
    this.#recent.clear();
    this.#older.clear();
  }

  #keep(key: string, cached: CachedUrl): void {
    if (this.#recent.size >= this.#limit) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, cached);
  }
}

interface CachedUrl {
  readonly url: string;
  readonly until: number;
}
