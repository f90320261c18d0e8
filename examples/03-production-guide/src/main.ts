import { serve } from '@hono/node-server';
import { loadStatic } from '@filefield/static';
import { MikroORM } from '@mikro-orm/postgresql';
import config, { files } from './mikro-orm.config.ts';
import { settings } from './settings.ts';
import { createSite } from './site.ts';
import { storages } from './storages.ts';

const orm = await MikroORM.init(config);
await orm.schema.update(); // a real deployment runs migrations
await files.ready();

// Until they are collected, static files are served from where they were written.
const isCollected = process.env['COLLECTED'] === '1';
const statics = await loadStatic(
  isCollected
    ? { storage: storages.get('static'), media: storages }
    : { development: true, sources: ['static'] },
);

const site = createSite({ orm, files, statics });
const port = Number(process.env['PORT'] ?? 3000);
const server = serve({ fetch: site.fetch, port, hostname: '127.0.0.1' }, (address) => {
  console.log(`Uploads on: ${settings.media}; http://127.0.0.1:${address.port}/`);
});

process.once('SIGTERM', () => {
  server.close(() => void orm.close().then(async () => files.close()));
});
