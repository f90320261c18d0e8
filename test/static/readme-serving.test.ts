import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineStorages, FileSystemStorage, MemoryStorage } from '@filefield/core';
import { nodeHandler } from '@filefield/http/node';
import { loadStatic, staticHandler } from '@filefield/static';
import express from 'express';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { running } from '../http/sites.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { collectInto, css } from './collected-site.ts';

describe('the README of @filefield/static shows how to', () => {
  it('name and serve files', async () => {
    const directory = await temporaryDirectory();
    const process = { env: { NODE_ENV: 'production' } };

    // #region serve
    const storages = defineStorages({
      static: () =>
        new FileSystemStorage({
          location: join(directory, 'static'),
          baseUrl: '/static/',
          visibility: 'public',
        }),
      media: () => new FileSystemStorage({ location: join(directory, 'media') }),
    });
    // #endregion
    await collectInto(storages.get('static'));

    // #region load
    const statics = await loadStatic({
      storage: storages.get('static'),
      media: storages, // refuses to start where an upload could become a static file
      sources: ['assets', { prefix: 'vendor', dir: 'package:bootstrap/dist' }],
      development: process.env.NODE_ENV !== 'production', // found in the sources, nothing to collect
    });

    statics.url('css/app.css'); // '/static/css/app.0123456789ab.css'

    const app = new Hono();
    const serve = staticHandler(statics);
    app.get('/static/*', async (context) => serve(context.req.raw));
    // #endregion
    const response = await app.request(statics.url('css/app.css'));

    expect(statics.url('css/app.css')).toBe('/static/css/app.0123456789ab.css');
    expect(await response.text()).toBe(css);
  });

  it('serve on Node', async () => {
    const storage = new MemoryStorage({ visibility: 'public' });
    await collectInto(storage);
    const statics = await loadStatic({ storage, baseUrl: '/static/' });

    // #region node
    const app = express().use('/static', nodeHandler(staticHandler(statics))); // of @filefield/http/node
    // #endregion
    const { url } = await running(app);

    expect(await (await fetch(url + statics.url('css/app.css'))).text()).toBe(css);
  });

  it('serve what a bundler made, and the pages of the application below the same root', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'assets'));
    await writeFile(join(directory, 'assets/index-4sK3dFq1.js'), 'bundled');
    const app = new Hono().get('/hello', (context) => context.text('Hello'));

    // #region bundled
    const bundled = await loadStatic({
      storage: directory, // only read, whoever made it
      manifest: false, // the names that pages use are the bundler's own
      baseUrl: '/',
    });
    const site = staticHandler(bundled, {
      immutable: (name) => name.startsWith('assets/'), // hashed by the bundler
      indexFile: true, // docs/ is docs/index.html, and docs leads there
      fallback: async (request) => app.fetch(request), // what is no file
    });
    // #endregion
    const file = await site(new Request('http://localhost/assets/index-4sK3dFq1.js'));
    const page = await site(new Request('http://localhost/hello'));

    expect(file.headers.get('cache-control')).toContain('immutable');
    expect([await file.text(), await page.text()]).toEqual(['bundled', 'Hello']);
  });

  it('follow a deployment', async () => {
    const storage = new MemoryStorage({ visibility: 'public' });
    await collectInto(storage);
    const statics = await loadStatic({ storage, baseUrl: '/static/' });

    // #region reload
    const isNew = await statics.reload(); // when SIGHUP comes, or from a timer
    // #endregion

    expect(isNew).toBe(false);
  });
});
