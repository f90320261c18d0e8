import { FileFieldError } from '@filefield/core';
import { errorResponse, mediaHandler, variantHandler } from '@filefield/http';
import type { FileFields } from '@filefield/mikro-orm';
import { NotFoundError, type MikroORM } from '@mikro-orm/postgresql';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { assets } from './assets.ts';
import { contentPolicy } from './content-policy.ts';
import type { Env } from './env.ts';
import * as documents from './handlers/documents.ts';
import * as members from './handlers/members.ts';
import { reconcile, showOperator } from './handlers/operator.ts';
import * as photos from './handlers/photos.ts';
import { showMember } from './handlers/show-member.ts';
import { receiveUploads } from './handlers/uploads.ts';
import { session } from './session.ts';

/** What the application is made of. */
export interface AppParts {
  readonly orm: MikroORM;
  readonly files: FileFields;
  /** What signs the URLs of images that are not made yet, as told to {@link files}. */
  readonly keys: readonly string[];
  /** The scripts of the pages, see {@link bundleClient}. */
  readonly scripts: ReadonlyMap<string, string>;
}

/** The application: everything it answers, in one table. */
export function createApp({ orm, files, keys, scripts }: AppParts): Hono<Env> {
  const app = new Hono<Env>();
  app.route('/assets', assets(scripts));
  // Before anybody gets a cookie: caches that all share keep images, with everything that came with them.
  const media = mediaHandler({ storages: files.storages });
  app.get('/media/*', async (c) => media(c.req.raw));
  // Who looks at a new photo before the worker does waits for its being made smaller.
  const variants = variantHandler({
    storages: files.storages,
    keys,
    baseUrl: '/variants/',
    findVariant: async (link, options) => files.findVariant(link, options),
  });
  app.get('/variants/*', async (c) => variants(c.req.raw));

  app.use(csrf(), session, async (c, next) => {
    c.set('em', orm.em.fork());
    c.set('files', files);
    await next();
  });

  // Files first: they have a policy of their own, in which nothing runs.
  app.get('/documents/:id{[0-9]+}', documents.downloadDocument);
  app.all('/uploads/*', receiveUploads);

  app.use(contentPolicy(files.storages));
  app.get('/', members.listMembers);
  app.post('/members', members.addMember);
  app.get('/members/:id{[0-9]+}', async (c) => showMember(c));
  app.post('/members/:id{[0-9]+}/avatar', members.replaceAvatar);
  app.post('/members/:id{[0-9]+}/avatar/delete', members.removeAvatar);
  app.post('/members/:id{[0-9]+}/delete', members.deleteMember);

  app.get('/photos', photos.listPhotos);
  app.post('/photos', photos.addPhoto);
  app.get('/photos/:id{[0-9]+}', photos.showPhoto);
  app.post('/photos/:id{[0-9]+}/delete', photos.deletePhoto);

  app.post('/members/:id{[0-9]+}/documents', documents.addDocument);
  app.post(
    '/documents/:id{[0-9]+}/rename',
    bodyLimit({ maxSize: 10_000 }),
    documents.renameDocument,
  );
  app.post('/documents/:id{[0-9]+}/replace', documents.replaceDocument);
  app.post('/documents/:id{[0-9]+}/delete', documents.deleteDocument);

  app.get('/operator', showOperator);
  app.post('/operator/reconcile', reconcile);

  app.onError((error, c) => {
    if (error instanceof NotFoundError) return c.notFound();
    if (error instanceof HTTPException) return error.getResponse();
    if (error instanceof FileFieldError) return errorResponse(error, c.req.raw);
    console.error(error);
    return c.text('Something went wrong', 500);
  });
  return app;
}
