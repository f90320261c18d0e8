import { randomUUID } from 'node:crypto';

import {
  FileNotFoundError,
  type FileStat,
  type FileStorage,
  type MemoryStorage,
} from '@filefield/core';

import { opening, type Sabotage } from './sabotage.ts';

/** Storages that break a promise of `reading`. */
export const wrongReading: readonly Sabotage[] = [
  {
    title: 'ignores ranges',
    breaks: [
      'open gives a part of the object, and nothing behind its end',
      'open gives no bytes for a range that holds none',
      'open refuses a range that is not made of whole numbers from 0',
      'reserved names are written by the library only',
    ],
    sabotage: (storage) =>
      opening(storage, (open, name, { signal, etag } = {}) => open(name, { signal, etag })),
  },
  {
    title: 'gives whatever version is there',
    breaks: ['open gives the version that is asked for, or an error'],
    sabotage: (storage) =>
      opening(storage, (open, name, options) => open(name, { ...options, etag: undefined })),
  },
  {
    title: 'takes the end of a range as the last byte',
    breaks: [
      'open gives a part of the object, and nothing behind its end',
      'open gives no bytes for a range that holds none',
    ],
    sabotage: (storage) =>
      opening(storage, (open, name, options) =>
        open(name, { ...options, end: options?.end === undefined ? undefined : options.end + 1 }),
      ),
  },
  {
    title: 'accepts any range',
    breaks: ['open refuses a range that is not made of whole numbers from 0'],
    sabotage: (storage) =>
      opening(storage, (open, name, options) =>
        open(name, {
          ...options,
          start: Math.max(0, Math.floor(options?.start ?? 0)),
          end: Number.isNaN(options?.end) ? undefined : options?.end,
        }),
      ),
  },
  {
    title: 'gives the same stream to all',
    breaks: [
      'what a reader does to its chunks changes no object',
      'a reader may stop before the end',
      'a copy lives on when its origin is replaced or deleted',
      'copy replaces nothing unless it may',
      'move replaces nothing unless it may, and a refused one leaves the object',
    ],
    sabotage: (storage) => {
      const streams = new Map<string, ReadableStream<Uint8Array>>();
      return opening(storage, async (open, name, options) => {
        const key = JSON.stringify([name, options?.start, options?.end]);
        const stream = streams.get(key) ?? (await open(name, options));
        streams.set(key, stream);
        return stream;
      });
    },
  },
  {
    title: 'hands out its own memory',
    breaks: [
      'what a reader does to its chunks changes no object',
      'a stream ends with the reason of its signal',
      'copy replaces nothing unless it may',
      'move replaces nothing unless it may, and a refused one leaves the object',
    ],
    sabotage: (storage) => {
      const memory = new Map<string, Uint8Array>();
      return opening(storage, async (open, name, options) => {
        const key = JSON.stringify([name, options?.start, options?.end]);
        const bytes = memory.get(key) ?? (await new Response(await open(name, options)).bytes());
        memory.set(key, bytes);
        return ReadableStream.from([bytes]);
      });
    },
  },
  {
    title: 'reads on in what replaced the object',
    breaks: ['a reader of an object that is replaced meanwhile gets the old bytes, or an error'],
    sabotage: (storage) =>
      opening(storage, async (open, name, options) => {
        const stream = await open(name, options);
        if (name !== 'replaced.bin') return stream;
        async function* mixed(): AsyncGenerator<Uint8Array> {
          yield await new Response(await open(name, { end: 1000 })).bytes();
          yield* await open(name, { start: 1000 });
        }
        await stream.cancel();
        return ReadableStream.from(mixed());
      }),
  },
  {
    title: 'does not hear the signal of an open',
    breaks: [
      'a stream ends with the reason of its signal',
      'open does not begin when its signal is aborted already',
    ],
    sabotage: (storage) =>
      opening(storage, (open, name, options) => open(name, { ...options, signal: undefined })),
  },
  {
    title: 'opens what is not there as empty',
    breaks: [
      'open, stat and size say that there is no such object',
      'a directory is no object',
      'there is nothing below an object',
    ],
    sabotage: (storage) =>
      opening(storage, async (open, name, options) => {
        try {
          return await open(name, options);
        } catch (error) {
          if (error instanceof FileNotFoundError) return ReadableStream.from([]);
          throw error;
        }
      }),
  },
  {
    title: 'cannot be cancelled',
    breaks: ['a reader may stop before the end'],
    sabotage: (storage) =>
      opening(storage, async (open, name, options) => {
        const stream = await open(name, options);
        return Object.assign(stream, { cancel: () => Promise.reject(new Error('busy')) });
      }),
  },
  {
    title: 'forgets its alias in errors',
    breaks: ['errors carry the alias of the storage'],
    sabotage: (storage) => {
      const stat = storage.stat.bind(storage);
      return Object.assign(storage, {
        stat: async (name: string) => {
          const error = new FileNotFoundError('stat', { name });
          return (await storage.exists(name)) ? await stat(name) : await Promise.reject(error);
        },
      });
    },
  },
  {
    title: 'tells the time in seconds',
    breaks: [
      'stat tells size and time, size tells the size',
      'list and walk tell the size of an object as stat does',
    ],
    sabotage: (storage) =>
      stating(storage, (stat) => ({
        ...stat,
        modifiedAt: new Date(stat.modifiedAt.getTime() / 1000),
      })),
  },
  {
    title: 'tells a wrong size of what it has',
    breaks: [
      'save stores an object of no bytes',
      'save stores a file of exactly maxSize',
      'stat tells size and time, size tells the size',
      'list and walk tell the size of an object as stat does',
    ],
    sabotage: (storage) => stating(storage, (stat) => ({ ...stat, size: stat.size + 1 })),
  },
  {
    title: 'says that something exists that never did',
    breaks: ['exists answers whether there is such an object'],
    sabotage: (storage) => {
      const exists = storage.exists.bind(storage);
      return Object.assign(storage, {
        exists: async (name: string) => (await exists(name)) || name === 'here/other.txt',
      });
    },
  },
  {
    title: 'says that nothing exists',
    breaks: ['exists answers whether there is such an object'],
    sabotage: (storage) => {
      const exists = storage.exists.bind(storage);
      return Object.assign(storage, {
        exists: async (name: string) => (await exists(name)) && false,
      });
    },
  },
  {
    title: 'takes directories for objects',
    breaks: ['a directory is no object'],
    sabotage: (storage) => {
      const exists = storage.exists.bind(storage);
      return Object.assign(storage, {
        exists: async (name: string) =>
          (await exists(name)) || (await Array.fromAsync(storage.walk(name))).length > 0,
      });
    },
  },
  {
    title: 'takes an object for a directory',
    breaks: ['there is nothing below an object'],
    sabotage: (storage) => {
      const remove = storage.delete.bind(storage);
      return Object.assign(storage, {
        delete: async (name: string) => {
          await remove(name);
          await remove(name.split('/', 1)[0] ?? name);
        },
      });
    },
  },
  {
    title: 'promises paths that it does not have',
    breaks: ['path gives a file with the bytes'],
    sabotage: (storage) =>
      Object.assign(storage, { capabilities: { ...storage.capabilities, path: true } }),
  },
  {
    title: 'makes another URL each time',
    breaks: ['url gives the same answer twice, or says that there is none'],
    sabotage: (storage) => {
      const url = storage.url.bind(storage);
      return Object.assign(storage, { url: (name: string) => `${url(name)}?${randomUUID()}` });
    },
  },
  {
    title: 'does not encode URLs',
    breaks: ['url gives the same answer twice, or says that there is none'],
    sabotage: (storage) => {
      const url = storage.url.bind(storage);
      return Object.assign(storage, { url: (name: string) => decodeURIComponent(url(name)) });
    },
  },
  {
    title: 'promises signed URLs that it does not sign',
    breaks: ['url of a private object is signed, each for its own object'],
    sabotage: (storage) =>
      Object.assign(storage, { capabilities: { ...storage.capabilities, signedUrls: true } }),
  },
];

function stating(storage: MemoryStorage, change: (stat: FileStat) => FileStat): FileStorage {
  const stat = storage.stat.bind(storage);
  return Object.assign(storage, { stat: async (name: string) => change(await stat(name)) });
}
