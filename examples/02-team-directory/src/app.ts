import { NotFoundError, type MikroORM } from '@mikro-orm/postgresql';
import type { FileFields } from '@filefield/mikro-orm';
import { Hono } from 'hono';
import { csrf } from 'hono/csrf';
import { secureHeaders } from 'hono/secure-headers';
import { assets } from './assets.ts';
import type { Env } from './env.ts';
import * as documents from './handlers/documents.ts';
import * as members from './handlers/members.ts';
import { reconcile, showOperator } from './handlers/operator.ts';
import { showMember } from './handlers/show-member.ts';
import { session } from './session.ts';

/** What the application is made of. */
export interface AppParts {
  readonly orm: MikroORM;
  readonly files: FileFields;
  /** The scripts of the pages, see {@link bundleClient}. */
  readonly scripts: ReadonlyMap<string, string>;
}

/** The application: everything it answers, in one table. */
export function createApp({ orm, files, scripts }: AppParts): Hono<Env> {
  const app = new Hono<Env>();
  app.route('/assets', assets(scripts));
  app.use(secureHeaders(), csrf(), session, async (c, next) => {
    c.set('em', orm.em.fork());
    c.set('files', files);
    await next();
  });

  app.get('/', members.listMembers);
  app.post('/members', members.addMember);
  app.get('/members/:id', async (c) => showMember(c));
  app.post('/members/:id/avatar', members.replaceAvatar);
  app.post('/members/:id/avatar/delete', members.removeAvatar);
  app.post('/members/:id/delete', members.deleteMember);

  app.post('/members/:id/documents', documents.addDocument);
  app.post('/documents/:id/rename', documents.renameDocument);
  app.post('/documents/:id/replace', documents.replaceDocument);
  app.post('/documents/:id/delete', documents.deleteDocument);

  app.get('/operator', showOperator);
  app.post('/operator/reconcile', reconcile);

  app.onError((error, c) => {
    if (error instanceof NotFoundError) return c.notFound();
    console.error(error);
    return c.text('Something went wrong', 500);
  });
  return app;
}
