import { asLibrary } from '@filefield/core/binding';

import { opening, saving, type Sabotage } from './sabotage.ts';

/** Storages that break a promise of `naming`. */
export const wrongNaming: readonly Sabotage[] = [
  {
    title: 'clamps names that leave it',
    breaks: ['save refuses names that could leave the storage or fit nowhere'],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) =>
        save(name.replaceAll(/^\/|\.\.\//g, '') || 'x', source, options),
      ),
  },
  {
    title: 'reads names that leave it',
    breaks: ['no reading operation takes such a name'],
    sabotage: (storage) => {
      const exists = storage.exists.bind(storage);
      return Object.assign(storage, { exists: (name: string) => exists(name).catch(() => false) });
    },
  },
  {
    title: 'deletes names that leave it',
    breaks: ['no deleting operation takes such a name'],
    sabotage: (storage) => {
      const remove = storage.delete.bind(storage);
      return Object.assign(storage, {
        delete: (name: string) => remove(name).catch(() => undefined),
      });
    },
  },
  {
    title: 'copies to names that leave it',
    breaks: ['copy and move take such a name neither as origin nor as target'],
    sabotage: (storage) => {
      const copy = storage.copy.bind(storage);
      return Object.assign(storage, {
        copy: (from: string, to: string, options?: object) =>
          copy(from, to.startsWith('../') ? 'clamped' : to, options),
      });
    },
  },
  {
    title: 'lets everybody write reserved names',
    breaks: ['reserved names are written by the library only'],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) =>
        save(name, source, name.startsWith('incoming/') ? asLibrary({ ...options }) : options),
      ),
  },
  {
    title: 'makes names plain',
    breaks: ['names of every script are kept as they are'],
    sabotage: (storage) =>
      saving(storage, (save, name, source, options) =>
        save(name.replaceAll(/\p{Script=Arabic}/gv, '_'), source, options),
      ),
  },
  {
    title: 'cuts long names',
    breaks: ['the longest names are kept as they are'],
    sabotage: (storage) =>
      saving(storage, async (save, name, source, options) =>
        save(Buffer.byteLength(name) === 1024 ? name.slice(0, 1000) : name, source, options),
      ),
  },
  {
    title: 'ignores case',
    breaks: ['names that differ in case only are different objects'],
    sabotage: (storage) =>
      saving(
        opening(storage, (open, name, options) => open(ignoringCase(name), options)),
        (save, name, source, options) => save(ignoringCase(name), source, options),
      ),
  },
];

function ignoringCase(name: string): string {
  return name.replace(/^dir\/file/i, 'dir/file');
}
