import { FileWriteStream, type SaveOptions } from '@filefield/core';

import type { Sabotage } from './sabotage.ts';

/** Storages that break a promise of `createWriteStream`. */
export const wrongWriting: readonly Sabotage[] = [
  {
    title: 'does not hear that a stream is aborted',
    breaks: ['createWriteStream leaves nothing when it is aborted'],
    sabotage: (storage) =>
      Object.assign(storage, {
        createWriteStream: (name: string, options?: SaveOptions) =>
          new FileWriteStream(async (bytes) => storage.save(name, bytes, options)),
      }),
  },
  {
    title: 'shows an object before its stream is closed',
    breaks: [
      'createWriteStream stores what was written once it is closed, and says what it stored',
      'createWriteStream stores what is piped into it',
      'createWriteStream fails at the first byte over maxSize and leaves nothing',
      'createWriteStream leaves nothing when it is aborted',
      'createWriteStream ends with the reason of its signal and leaves nothing',
    ],
    sabotage: (storage) =>
      Object.assign(storage, {
        createWriteStream: (name: string, options?: SaveOptions) =>
          new FileWriteStream(async (bytes, signal) => {
            const isTaken = await storage.exists(name);
            if (!isTaken) await storage.save(name, 'soon');
            return storage.save(name, bytes, { signal, ...options });
          }),
      }),
  },
];
