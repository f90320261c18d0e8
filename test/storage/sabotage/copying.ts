import { opening, type Sabotage } from './sabotage.ts';

/** Storages that break a promise of `copying`. */
export const wrongCopying: readonly Sabotage[] = [
  {
    title: 'moves instead of copying',
    breaks: ['copy leaves both names with the bytes', 'copy replaces nothing unless it may'],
    sabotage: (storage) => Object.assign(storage, { copy: storage.move.bind(storage) }),
  },
  {
    title: 'copies instead of moving',
    breaks: [
      'move gives the object another name',
      'move replaces nothing unless it may, and a refused one leaves the object',
    ],
    sabotage: (storage) => Object.assign(storage, { move: storage.copy.bind(storage) }),
  },
  {
    title: 'copies by reference',
    breaks: ['a copy lives on when its origin is replaced or deleted'],
    sabotage: (storage) => {
      const origins = new Map<string, string>();
      const copy = storage.copy.bind(storage);
      Object.assign(storage, {
        copy: async (from: string, to: string, options?: object) => {
          await copy(from, to, options);
          origins.set(to, from);
        },
      });
      return opening(storage, async (open, name, options) => {
        const origin = origins.get(name);
        return await open(
          origin !== undefined && (await storage.exists(origin)) ? origin : name,
          options,
        );
      });
    },
  },
  {
    title: 'copies what is not there',
    breaks: ['copy and move say that there is no such object'],
    sabotage: (storage) => {
      const copy = storage.copy.bind(storage);
      return Object.assign(storage, {
        copy: async (from: string, to: string, options?: object) => {
          if (from !== 'none.txt') await copy(from, to, options);
        },
      });
    },
  },
  {
    title: 'overwrites when it copies',
    breaks: [
      'copy replaces nothing unless it may',
      'one of many copies has a name that may not be replaced',
      'an object stays when it is copied or moved to its own name',
    ],
    sabotage: (storage) => {
      const copy = storage.copy.bind(storage);
      return Object.assign(storage, {
        copy: (from: string, to: string, options?: object) =>
          copy(from, to, { ...options, overwrite: from !== to }),
      });
    },
  },
  {
    title: 'overwrites when it moves',
    breaks: [
      'move replaces nothing unless it may, and a refused one leaves the object',
      'an object stays when it is copied or moved to its own name',
    ],
    sabotage: (storage) => {
      const move = storage.move.bind(storage);
      return Object.assign(storage, {
        move: (from: string, to: string, options?: object) =>
          move(from, to, { ...options, overwrite: from !== to }),
      });
    },
  },
  {
    title: 'loses what is moved to its own name',
    breaks: ['an object stays when it is copied or moved to its own name'],
    sabotage: (storage) => {
      const move = storage.move.bind(storage);
      return Object.assign(storage, {
        move: async (from: string, to: string, options?: object) => {
          await move(from, to, options);
          if (from === to) await storage.delete(from);
        },
      });
    },
  },
  {
    title: 'loses what is moved to a name that differs in case only',
    breaks: ['an object stays when it is copied or moved to a name that differs in case only'],
    sabotage: (storage) => {
      const move = storage.move.bind(storage);
      return Object.assign(storage, {
        move: async (from: string, to: string, options?: object) => {
          await move(from, to, options);
          if (from !== to && from.toLowerCase() === to.toLowerCase()) await storage.delete(to);
        },
      });
    },
  },
  {
    title: 'does not hear the signal of a copy',
    breaks: ['copy and move do not begin when their signal is aborted already'],
    sabotage: (storage) => {
      const copy = storage.copy.bind(storage);
      return Object.assign(storage, {
        copy: (from: string, to: string, options?: object) =>
          copy(from, to, { ...options, signal: undefined }),
      });
    },
  },
];
