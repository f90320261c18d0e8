import { MemoryStorage, type FileStat } from '@filefield/core';
import { serveFile } from '@filefield/http';
import { describe, expect, it } from 'vitest';

/** Replaces its object each time somebody has looked at it, so many times. */
class RestlessStorage extends MemoryStorage {
  #left: number;

  constructor(times: number) {
    super();
    this.#left = times;
  }

  protected override async statObject(name: string): Promise<FileStat | undefined> {
    const found = await super.statObject(name);
    if (found !== undefined && this.#left > 0) {
      this.#left -= 1;
      await this.save(name, `state ${this.#left}`, { ifExists: 'overwrite' });
    }
    return found;
  }
}

async function answered(
  times: number,
  headers: Record<string, string> = {},
): Promise<[Response, string]> {
  const storage = new RestlessStorage(times);
  await storage.save('a.txt', 'the first state');
  const request = new Request('http://localhost/', { headers });
  const response = await serveFile({ storage, name: 'a.txt' }, request);
  const again = await serveFile({ storage, name: 'a.txt' }, request);
  return [response, again.headers.get('etag') ?? ''];
}

describe('an object that is replaced between the look at it and its first byte', () => {
  it.each([1, 2])('is answered as it is then, with its own ETag: %i times', async (times) => {
    const [response, etag] = await answered(times);

    expect(response.headers.get('content-length')).toBe('7');
    expect(response.headers.get('etag')).toBe(etag);
    expect(await response.text()).toBe('state 0');
  });

  it('gives a range of the bytes that its ETag stands for', async () => {
    const [response, etag] = await answered(1, { range: 'bytes=6-' });

    expect(response.status).toBe(206);
    expect(response.headers.get('etag')).toBe(etag);
    expect(await response.text()).toBe('0');
  });

  it('is an error when it is never the same', async () => {
    await expect(answered(9)).rejects.toMatchObject({ code: 'INTEGRITY' });
  });
});
