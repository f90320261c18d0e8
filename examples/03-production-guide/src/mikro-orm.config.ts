import { fileFields } from '@filefield/mikro-orm';
import { defineConfig } from '@mikro-orm/postgresql';
import { MemberExport } from './member-export.ts';
import { Member } from './member.ts';
import { settings } from './settings.ts';
import { storages } from './storages.ts';

// #region config
export const files = fileFields({
  storages,
  environment: settings.environment, // nobody else's worker deletes in our buckets
  keys: settings.keys,
  grace: '24h',
});

/** Both the application and `filefield` start from here. */
export default defineConfig({
  clientUrl: settings.databaseUrl,
  entities: [Member, MemberExport],
  extensions: [files],
});

/** What `filefield collectstatic` collects, and where it goes. */
export const staticFiles = { sources: ['static'], storage: 'static' };
// #endregion
