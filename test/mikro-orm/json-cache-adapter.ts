import type { CacheAdapter } from '@mikro-orm/postgresql';

/** Keeps what it is given as text, as an adapter for Redis does. */
export class JsonCacheAdapter implements CacheAdapter {
  readonly entries = new Map<string, string>();

  async get<T>(name: string): Promise<T | undefined> {
    const entry = this.entries.get(name);
    return entry === undefined ? undefined : JSON.parse(entry);
  }

  async set(name: string, data: unknown): Promise<void> {
    this.entries.set(name, JSON.stringify(data));
  }

  async remove(name: string): Promise<void> {
    this.entries.delete(name);
  }

  async clear(): Promise<void> {
    this.entries.clear();
  }
}
