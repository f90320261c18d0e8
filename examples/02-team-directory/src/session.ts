import { randomUUID } from 'node:crypto';
import { getCookie, setCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import type { Env } from './env.ts';

/** Knows a browser again: whoever began an upload is the one who may use it. */
export const session = createMiddleware<Env>(async (c, next) => {
  const known = getCookie(c, 'session');
  const id = known ?? randomUUID();
  c.set('session', id);
  await next();
  // Afterwards: a handler's own Response would not have it.
  if (known === undefined) setCookie(c, 'session', id, { httpOnly: true, sameSite: 'Lax' });
});
