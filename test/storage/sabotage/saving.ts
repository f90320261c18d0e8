import { FileExistsError, type FileSource } from '@filefield/core';
import { Intake, readSource } from '@filefield/core/binding';

import { saving, type Sabotage } from './sabotage.ts';

/** Storages that break a promise of `saving`. */
export const wrongSaving: readonly Sabotage[] = [
  {
    title: 'tells another size',
    breaks: [
      'save stores the bytes under the name and says what it stored',
      'save stores an object of no bytes',
      'save stores a long stream of unknown length whole',
      'createWriteStream stores what was written once it is closed, and says what it stored',
    ],
    sabotage: (storage) =>
      saving(storage, async (save, ...args) => ({ ...(await save(...args)), size: 1 })),
  },
  {
    title: 'tells another checksum',
    breaks: [
      'save stores the bytes under the name and says what it stored',
      'save stores an object of no bytes',
      'save stores a long stream of unknown length whole',
      'save keeps the bytes of a source that uses its memory again',
      'save uses a given intake as it is',
    ],
    sabotage: (storage) =>
      saving(storage, async (save, ...args) => ({ ...(await save(...args)), sha256: '' })),
  },
  {
    title: 'believes the declared type',
    breaks: ['save finds the type from the bytes before the extension'],
    sabotage: (storage) =>
      saving(storage, async (save, name, source, options) => {
        const stored = await save(name, source, options);
        return { ...stored, type: options?.type ?? stored.type };
      }),
  },
  {
    title: 'overwrites instead of renaming',
    breaks: [
      'save takes another name when the name is taken',
      'save finds another name for a source that can be read only once',
      'save gives each of many writers of one name its own object',
      'the longest names are kept as they are',
    ],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) =>
        save(name, source, {
          ...options,
          ifExists: options?.ifExists === 'error' ? 'error' : 'overwrite',
        }),
      ),
  },
  {
    title: 'renames instead of refusing',
    breaks: [
      'save refuses a taken name when it may not rename',
      'save lets one of many writers have a name that may not be renamed',
      'createWriteStream fails to close when its name is taken and it may not rename',
      'reserved names are written by the library only',
    ],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) =>
        save(name, source, {
          ...options,
          ifExists: options?.ifExists === 'error' ? 'rename' : options?.ifExists,
        }),
      ),
  },
  {
    title: 'does not say which name is taken',
    breaks: ['save refuses a taken name when it may not rename'],
    sabotage: (storage) =>
      saving(storage, async (save, ...args) => {
        try {
          return await save(...args);
        } catch (error) {
          throw error instanceof FileExistsError
            ? new FileExistsError('save', { name: '' })
            : error;
        }
      }),
  },
  {
    title: 'renames instead of overwriting',
    breaks: ['save replaces the object when it may overwrite'],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) =>
        save(name, source, {
          ...options,
          ifExists: options?.ifExists === 'overwrite' ? 'rename' : options?.ifExists,
        }),
      ),
  },
  {
    title: 'looks for the name before it writes',
    breaks: [
      'save gives each of many writers of one name its own object',
      'save lets one of many writers have a name that may not be renamed',
      'reserved names are written by the library only',
    ],
    sabotage: (storage) =>
      saving(storage, async (save, name, source, options) => {
        const isTaken = await storage.exists(name).catch(() => false);
        if (isTaken) return await save(name, source, options);
        await new Promise(setImmediate);
        return await save(name, source, { ...options, ifExists: 'overwrite' });
      }),
  },
  {
    title: 'forgets maxLength',
    breaks: ['save cuts the root of a name that is longer than the caller can record'],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) =>
        save(name, source, { ...options, maxLength: undefined }),
      ),
  },
  {
    title: 'forgets maxSize',
    breaks: [
      'save stops at the first byte over maxSize and leaves nothing',
      'save stores nothing of a file that breaks its rules, and tells all of them',
      'createWriteStream fails at the first byte over maxSize and leaves nothing',
    ],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) =>
        save(name, source, { ...options, maxSize: undefined }),
      ),
  },
  {
    title: 'forgets the rules',
    breaks: ['save stores nothing of a file that breaks its rules, and tells all of them'],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) =>
        save(name, source, { ...options, accept: undefined, validators: undefined }),
      ),
  },
  {
    title: 'refuses a file of exactly maxSize',
    breaks: ['save stores a file of exactly maxSize'],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) =>
        save(name, source, { ...options, maxSize: options?.maxSize && options.maxSize - 1 }),
      ),
  },
  {
    title: 'keeps what came before the source failed',
    breaks: [
      'save leaves nothing when its source fails, and throws what the source threw',
      'save keeps the old object when the source of its replacement fails',
    ],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) => save(name, unfailing(source), options)),
  },
  {
    title: 'wraps the error of the source',
    breaks: [
      'save leaves nothing when its source fails, and throws what the source threw',
      'save ends with the reason of its signal and leaves nothing',
      'save does not begin when its signal is aborted already',
      'createWriteStream leaves nothing when it is aborted',
      'createWriteStream ends with the reason of its signal and leaves nothing',
    ],
    sabotage: (storage) =>
      saving(storage, async (save, ...args) => {
        try {
          return await save(...args);
        } catch (error) {
          throw error instanceof Error && !('code' in error) ? new Error('failed') : error;
        }
      }),
  },
  {
    title: 'does not hear the signal of a save',
    breaks: [
      'save ends with the reason of its signal and leaves nothing',
      'save does not begin when its signal is aborted already',
      'createWriteStream leaves nothing when it is aborted',
      'createWriteStream ends with the reason of its signal and leaves nothing',
    ],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) =>
        save(name, source, { ...options, signal: undefined }),
      ),
  },
  {
    title: 'deletes the old object before it overwrites',
    breaks: ['save keeps the old object when the source of its replacement fails'],
    sabotage: (storage) =>
      saving(storage, async (save, name, source, options) => {
        if (options?.ifExists === 'overwrite') await storage.delete(name);
        return await save(name, source, options);
      }),
  },
  {
    title: 'scribbles on the bytes of the caller',
    breaks: [
      'save takes every kind of source',
      'save leaves the bytes of the caller as they are',
      'open gives the same bytes to every reader',
      'copy leaves both names with the bytes',
    ],
    sabotage: (storage) =>
      saving(storage, async (save, name, source, options) => {
        const stored = await save(name, source, options);
        if (source instanceof Uint8Array) source.fill(0);
        return stored;
      }),
  },
  {
    title: 'reads an intake a second time',
    breaks: ['save uses a given intake as it is'],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) => save(name, copied(source), options)),
  },
  {
    title: 'holds the chunks of a source without copying them',
    breaks: [
      'save keeps the bytes of a source that uses its memory again',
      'createWriteStream keeps the bytes of a writer that uses its memory again',
    ],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) => save(name, hoarded(source), options)),
  },
  {
    title: 'stores at most a million bytes',
    breaks: [
      'save stores a long stream of unknown length whole',
      'createWriteStream stores what is piped into it',
      'open gives the same bytes to every reader',
    ],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) =>
        save(name, limited(source, 1_000_000), options),
      ),
  },
  {
    title: 'refuses an object of no bytes',
    breaks: ['save stores an object of no bytes'],
    sabotage: (storage) =>
      saving(storage, async (save, ...args) => {
        const stored = await save(...args);
        if (stored.size === 0) throw new Error('empty');
        return stored;
      }),
  },
  {
    title: 'takes streams only',
    breaks: [
      'save takes every kind of source',
      'save stores a long stream of unknown length whole',
      'save keeps the bytes of a source that uses its memory again',
      'save stops at the first byte over maxSize and leaves nothing',
      'save stores a file of exactly maxSize',
    ],
    sabotage: (storage) =>
      saving(storage, async (save, name, source, options) => {
        if (typeof source === 'function') throw new TypeError('no stream');
        return await save(name, source, options);
      }),
  },
];

async function* unfailing(source: FileSource): AsyncGenerator<Uint8Array> {
  try {
    yield* readSource(source);
  } catch {
    // The sabotage: a short file instead of an error.
  }
}

/** A stream of its own: what took the bytes is not the given intake. */
async function* copied(source: FileSource): AsyncGenerator<Uint8Array> {
  yield* readSource(source);
  if (source instanceof Intake) throw new Error('read twice');
}

async function* hoarded(source: FileSource): AsyncGenerator<Uint8Array> {
  yield* await Array.fromAsync(readSource(source));
}

async function* limited(source: FileSource, length: number): AsyncGenerator<Uint8Array> {
  yield* readSource(source, { end: length });
}
