import { FieldFile, FileFieldError } from '@filefield/core';
import { errorResponse, mediaHandler, readForm } from '@filefield/http';
import type { FileFields } from '@filefield/mikro-orm';
import { staticHandler, type StaticFiles } from '@filefield/static';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { MemberExport } from './member-export.ts';
import { Member } from './member.ts';

/** What the site is made of. */
export interface SiteParts {
  readonly orm: MikroORM;
  readonly files: FileFields;
  readonly statics: StaticFiles;
}

/** A directory of members: a page, a form, and a list to take away. Nothing here knows where files are. */
export function createSite({ orm, files, statics }: SiteParts): Hono {
  const site = new Hono();
  const media = mediaHandler({ storages: files.storages });
  site.get('/media/*', async (c) => media(c.req.raw));
  if (statics.isDevelopment) {
    const serveStatic = staticHandler(statics);
    site.get('/static/*', async (c) => serveStatic(c.req.raw));
  }

  site.get('/', async (c) => {
    const members = await orm.em.fork().findAll(Member, { orderBy: { id: 'asc' } });
    return c.html(
      html`<!doctype html>
        <link rel="stylesheet" href="${statics.url('css/site.css')}" />
        <h1>Members</h1>
        ${members.map(({ name, avatar }) => html`<p><img src="${avatar?.url}" alt="" />${name}</p>`)}`,
    );
  });

  site.get('/members', async (c) => {
    const members = await orm.em.fork().findAll(Member, { orderBy: { id: 'asc' } });
    return c.json(members.map(shown));
  });

  site.post('/members', async (c) => {
    const em = orm.em.fork();
    const form = await readForm(c.req.raw, {
      files: {
        avatar: async (part) => files.stage(Member, 'avatar', FieldFile.fromPart(part)),
      },
    });
    const [avatar] = form.files.avatar;
    const member = em.create(Member, {
      name: form.fields.get('name') ?? '',
      avatar: avatar ?? null,
    });
    await em.flush();
    return c.json(shown(member), 201);
  });

  site.delete('/members/:id', async (c) => {
    await orm.em.fork().nativeDelete(Member, { id: Number(c.req.param('id')) });
    return c.body(null, 204);
  });

  site.post('/exports', async (c) => {
    const em = orm.em.fork();
    const members = await em.findAll(Member, { orderBy: { id: 'asc' } });
    const csv = ['id', ...members.map(({ id }) => id)].join('\r\n');
    const made = em.create(MemberExport, {
      file: FieldFile.from(csv, { filename: 'members.csv' }),
    });
    await em.flush();
    return c.json({ url: made.file?.url }, 201);
  });

  site.onError((error, c) => {
    if (error instanceof FileFieldError) return errorResponse(error, c.req.raw);
    console.error(error);
    return c.text('Something went wrong', 500);
  });
  return site;
}

function shown({ id, name, avatar }: Member): object {
  return { id, name, avatar: avatar && { name: avatar.name, size: avatar.size, url: avatar.url } };
}
