import type { FileStorage, MemoryStorage } from '@filefield/core';
import type { Sabotage } from './sabotage.ts';

/** Storages that break a promise of `uploading`. */
export const wrongUploading: readonly Sabotage[] = [
  {
    title: 'promises direct uploads and signs none',
    breaks: ['createUpload signs each step of a direct upload, each for its own object'],
    sabotage: promising,
  },
  {
    title: 'signs the same upload whatever it is asked for',
    breaks: [
      'createUpload signs each step of a direct upload, each for its own object',
      'createUpload refuses names outside incoming/',
      'createUpload refuses what no request could keep',
    ],
    sabotage: (storage) => signing(promising(storage)),
  },
  {
    title: 'signs direct uploads that it does not promise',
    breaks: ['createUpload says where a storage takes no direct uploads'],
    sabotage: signing,
  },
];

function promising(storage: MemoryStorage): MemoryStorage {
  return Object.assign(storage, {
    capabilities: { ...storage.capabilities, directUpload: true },
  });
}

function signing(storage: MemoryStorage): FileStorage {
  return Object.assign(storage, {
    createUpload: async () => ({ method: 'PUT' as const, url: '/uploads', headers: {} }),
  });
}
