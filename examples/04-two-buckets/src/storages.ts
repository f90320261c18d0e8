import { defineStorages } from '@filefield/core';
import { storagesFromEnv } from '@filefield/s3';

// #region storages
/** The program says what is public and what is private; the environment, where the buckets are. */
export const storages = defineStorages(
  storagesFromEnv({
    aliases: ['public', 'private'],
    storages: {
      public: {
        visibility: 'public',
        customDomain: 'https://media.example.com',
        // No name is used twice, so what a name stands for never changes.
        objectParameters: { CacheControl: 'public, max-age=31536000, immutable' },
      },
      private: { urlExpiresIn: 600 },
    },
  }),
);

declare module '@filefield/core' {
  interface Register {
    storages: typeof storages; // a misspelt alias does not compile
  }
}
// #endregion
