import { randomUUID } from 'node:crypto';
import { serve } from '@hono/node-server';
import { sharpEngine } from '@filefield/core/sharp';
import { fileFields } from '@filefield/mikro-orm';
import { temporaryDirectory } from '../../01-first-file/src/temporary-directory.ts';
import { createApp } from './app.ts';
import { bundleClient } from './bundle-client.ts';
import { openDatabase } from './database.ts';
import { createStorages } from './storages.ts';

const directory = await temporaryDirectory('filefield-team-directory');
const storages = createStorages(directory);
// Signs the tokens of uploads and the URLs of images; an application keeps it as a secret.
const keys = [randomUUID()];
const files = fileFields({
  storages,
  environment: 'demo',
  keys,
  grace: '5m',
  variants: { engine: sharpEngine(), baseUrl: '/variants/' },
});
const orm = await openDatabase(directory, files);
await files.ready();

const app = createApp({ orm, files, keys, scripts: await bundleClient() });
const port = Number(process.env['PORT'] ?? 3000);
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (address) => {
  console.log(`The team directory is at http://127.0.0.1:${address.port}/`);
});
