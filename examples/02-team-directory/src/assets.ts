import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';

/** The style and the scripts of the pages. */
export function assets(scripts: ReadonlyMap<string, string>): Hono {
  const app = new Hono();
  app.get('/style.css', async (c) => c.body(await shipped('style.css'), 200, type('text/css')));
  app.get('/icon.svg', async (c) => c.body(await shipped('icon.svg'), 200, type('image/svg+xml')));
  app.get('/:script', (c) => {
    const code = scripts.get(c.req.param('script'));
    return code === undefined ? c.notFound() : c.body(code, 200, type('text/javascript'));
  });
  return app;
}

async function shipped(file: string): Promise<string> {
  return await readFile(new URL(`../public/${file}`, import.meta.url), 'utf8');
}

function type(value: string): Record<string, string> {
  return { 'content-type': `${value}; charset=utf-8`, 'cache-control': 'no-cache' };
}
