import { saving, type Sabotage } from './sabotage.ts';

/** Storages that break a promise of `deleting`. */
export const wrongDeleting: readonly Sabotage[] = [
  {
    title: 'deletes nothing',
    breaks: [
      'delete removes the object and nothing else',
      'delete of what is not there is no error',
      'delete frees the name',
      'a directory goes with its last object',
      'no deleting operation takes such a name',
      'reserved names are written by the library only',
    ],
    sabotage: (storage) => Object.assign(storage, { delete: async () => undefined }),
  },
  {
    title: 'fails to delete what is not there',
    breaks: [
      'there is nothing below an object',
      'delete of what is not there is no error',
      'delete of a directory removes nothing',
    ],
    sabotage: (storage) => {
      const remove = storage.delete.bind(storage);
      return Object.assign(storage, {
        delete: async (name: string) => {
          await storage.stat(name);
          await remove(name);
        },
      });
    },
  },
  {
    title: 'deletes by prefix',
    breaks: ['delete removes the object and nothing else', 'delete of a directory removes nothing'],
    sabotage: (storage) => {
      const remove = storage.delete.bind(storage);
      return Object.assign(storage, {
        delete: async (name: string) => {
          await remove(name);
          const names = await Array.fromAsync(storage.walk(), (file) => file.name);
          await storage.deleteMany(names.filter((other) => other.startsWith(name)));
        },
      });
    },
  },
  {
    title: 'deletes trees',
    breaks: ['delete of a directory removes nothing'],
    sabotage: (storage) => {
      const remove = storage.delete.bind(storage);
      return Object.assign(storage, {
        delete: async (name: string) => {
          await remove(name);
          await storage.deleteMany(await Array.fromAsync(storage.walk(name), (file) => file.name));
        },
      });
    },
  },
  {
    title: 'deletes its siblings',
    breaks: [
      'delete removes the object and nothing else',
      'a copy lives on when its origin is replaced or deleted',
    ],
    sabotage: (storage) => {
      const remove = storage.delete.bind(storage);
      return Object.assign(storage, {
        delete: async (name: string) => {
          await remove(name);
          const directory = name.slice(0, Math.max(0, name.lastIndexOf('/')));
          const { files } = await storage.list(directory);
          await storage.deleteMany(files.map((file) => file.name));
        },
      });
    },
  },
  {
    title: 'keeps the names of deleted objects',
    breaks: ['delete frees the name', 'delete does not disturb those who save beside the object'],
    sabotage: (storage) => {
      const deleted = new Set<string>();
      const remove = storage.delete.bind(storage);
      Object.assign(storage, {
        delete: async (name: string) => {
          await remove(name);
          deleted.add(name);
        },
      });
      return saving(storage, async (save, name, source, options) => {
        if (deleted.has(name)) throw new Error('used before');
        return await save(name, source, options);
      });
    },
  },
  {
    title: 'deletes only the first of many',
    breaks: [
      'deleteMany removes all of the objects, and those that are not there',
      'deleteMany and reclaim remove nothing when one of the names is not allowed',
      'names of every script are kept as they are',
    ],
    sabotage: (storage) => {
      const deleteMany = storage.deleteMany.bind(storage);
      return Object.assign(storage, {
        deleteMany: (names: readonly string[]) => deleteMany(names.slice(0, 1)),
      });
    },
  },
  {
    title: 'deletes all for none',
    breaks: ['deleteMany and reclaim of nothing do nothing'],
    sabotage: (storage) =>
      Object.assign(storage, {
        reclaim: async (names: readonly string[]) =>
          await storage.deleteMany(
            names.length > 0 ? names : await Array.fromAsync(storage.walk(), (file) => file.name),
          ),
      }),
  },
  {
    title: 'deletes until a name is not allowed',
    breaks: ['deleteMany and reclaim remove nothing when one of the names is not allowed'],
    sabotage: (storage) =>
      Object.assign(storage, {
        deleteMany: async (names: readonly string[]) => {
          for (const name of names) await storage.delete(name);
        },
      }),
  },
  {
    title: 'reclaims nothing',
    breaks: [
      'deleteMany and reclaim remove nothing when one of the names is not allowed',
      'reclaim removes the objects, as often as it is called',
      'no deleting operation takes such a name',
    ],
    sabotage: (storage) => Object.assign(storage, { reclaim: async () => undefined }),
  },
  {
    title: 'reclaims once',
    breaks: ['reclaim removes the objects, as often as it is called'],
    sabotage: (storage) => {
      const reclaim = storage.reclaim.bind(storage);
      return Object.assign(storage, {
        reclaim: async (names: readonly string[]) => {
          for (const name of names) await storage.stat(name);
          await reclaim(names);
        },
      });
    },
  },
];
