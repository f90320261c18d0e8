import type { FileStat } from '@filefield/core';

import { saving, type Sabotage } from './sabotage.ts';

/** Storages that break a promise of `listing`. */
export const wrongListing: readonly Sabotage[] = [
  {
    title: 'lists in the order of UTF-16',
    breaks: ['list gives what lies right below the top, in byte order'],
    sabotage: (storage) => {
      const list = storage.list.bind(storage);
      return Object.assign(storage, {
        list: async (prefix?: string) => {
          const { directories, files } = await list(prefix);
          return { directories, files: files.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
        },
      });
    },
  },
  {
    title: 'lists every object below',
    breaks: [
      'list gives what lies right below the top, in byte order',
      'list gives directories by their own name and files by their whole name',
    ],
    sabotage: (storage) =>
      Object.assign(storage, {
        list: async (prefix?: string) => ({
          directories: [],
          files: await Array.fromAsync(storage.walk(prefix)),
        }),
      }),
  },
  {
    title: 'lists files by their last part',
    breaks: ['list gives directories by their own name and files by their whole name'],
    sabotage: (storage) => {
      const list = storage.list.bind(storage);
      return Object.assign(storage, {
        list: async (prefix?: string) => {
          const { directories, files } = await list(prefix);
          return {
            directories,
            files: files.map((file) => ({ ...file, name: file.name.split('/').at(-1) ?? '' })),
          };
        },
      });
    },
  },
  {
    title: 'fails to list an unknown directory',
    breaks: [
      'list and walk of an empty storage and of an unknown directory are empty',
      'list and walk do not show what the library keeps for itself',
    ],
    sabotage: (storage) => {
      const list = storage.list.bind(storage);
      return Object.assign(storage, {
        list: async (prefix?: string) => {
          const listing = await list(prefix);
          if (listing.directories.length + listing.files.length === 0) throw new Error('ENOENT');
          return listing;
        },
      });
    },
  },
  {
    title: 'lists directories that are empty',
    breaks: ['a directory goes with its last object'],
    sabotage: (storage) => {
      const seen = new Set<string>();
      const list = storage.list.bind(storage);
      Object.assign(storage, {
        list: async (prefix = '') => {
          const { directories, files } = await list(prefix);
          return { directories: prefix === '' ? [...seen].toSorted() : directories, files };
        },
      });
      return saving(storage, async (save, name, source, options) => {
        const stored = await save(name, source, options);
        if (name.includes('/') && !name.startsWith('.')) seen.add(name.split('/', 1)[0] ?? '');
        return stored;
      });
    },
  },
  {
    title: 'lists wrong sizes',
    breaks: ['list and walk tell the size of an object as stat does'],
    sabotage: (storage) => {
      const list = storage.list.bind(storage);
      return Object.assign(storage, {
        list: async (prefix?: string) => {
          const { directories, files } = await list(prefix);
          return { directories, files: files.map((file) => ({ ...file, size: 0 })) };
        },
      });
    },
  },
  {
    title: 'lists any directory',
    breaks: ['list and walk refuse a directory that is not allowed'],
    sabotage: (storage) => {
      const list = storage.list.bind(storage);
      return Object.assign(storage, {
        list: async (prefix = '') => await list(prefix.replaceAll(/^\/|\.\.\//g, '')),
      });
    },
  },
  {
    title: 'walks by directory',
    breaks: [
      'walk gives every object in byte order of whole names',
      'walk stays below its directory',
      'reserved names are written by the library only',
    ],
    sabotage: (storage) => {
      async function* walk(prefix = ''): AsyncGenerator<FileStat> {
        const { directories, files } = await storage.list(prefix);
        yield* files;
        for (const child of directories) {
          yield* walk(prefix === '' ? child : `${prefix.replace(/\/$/, '')}/${child}`);
        }
      }
      return Object.assign(storage, { walk });
    },
  },
  {
    title: 'walks by prefix',
    breaks: ['walk stays below its directory'],
    sabotage: (storage) => {
      const walk = storage.walk.bind(storage);
      return Object.assign(storage, {
        async *walk(prefix = '') {
          const isAllowed = !prefix.includes('..') && !prefix.startsWith('.');
          for await (const file of walk(isAllowed ? '' : prefix)) {
            if (file.name.startsWith(prefix.replace(/\/$/, ''))) yield file;
          }
        },
      });
    },
  },
  {
    title: 'shows what the library keeps for itself',
    breaks: [
      'list and walk do not show what the library keeps for itself',
      'reserved names are written by the library only',
    ],
    sabotage: (storage) => {
      const owner = { name: '.filefield/owner', size: 1, modifiedAt: new Date() };
      const walk = storage.walk.bind(storage);
      const library = new Set<string>();
      Object.assign(storage, {
        async *walk(prefix?: string) {
          if (library.size > 0) yield owner;
          yield* walk(prefix);
        },
      });
      return saving(storage, async (save, name, source, options) => {
        const stored = await save(name, source, options);
        if (name === owner.name) library.add(name);
        return stored;
      });
    },
  },
];
