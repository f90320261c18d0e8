import { defineStorages, FieldFile, FileSystemStorage, type DirectUpload } from '@filefield/core';
import { errorResponse, readForm, uploadHandler } from '@filefield/http';
import { nodeHandler } from '@filefield/http/node';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { MikroORM, defineEntity } from '@mikro-orm/postgresql';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { running } from './sites.ts';

const Member = defineEntity({
  name: 'Member',
  properties: (p) => ({
    id: p.integer().primary(),
    name: p.string(),
    avatar: fileField({ storage: 'photos', uploadTo: 'avatars/', maxSize: 1000 }).nullable(),
  }),
});

const keys = ['a secret of more than 32 characters'];

/** The application of the README on a database and a directory of its own. */
async function start(): Promise<{ url: string; orm: MikroORM }> {
  const directory = await temporaryDirectory();
  // #region storage
  const storages = defineStorages({
    photos: () => new FileSystemStorage({ location: directory, uploadUrl: '/uploads', keys }),
  });
  // #endregion
  const files = fileFields({ storages, keys, worker: 'manual' });
  const { connection } = await createDatabase();
  const orm = await MikroORM.init({ ...connection, entities: [Member], extensions: [files] });
  onTestFinished(() => orm.close());
  await orm.schema.create();
  const app = express();

  // #region form
  const addMember = nodeHandler(async (request) => {
    const em = orm.em.fork();
    try {
      const { fields, files: sent } = await readForm(request, {
        limits: { fileBytes: 5_000_000 },
        files: {
          avatar: async (part) => files.stage(Member, 'avatar', FieldFile.fromPart(part)),
        },
      });
      em.create(Member, { name: fields.get('name') ?? '', avatar: sent.avatar[0] ?? null });
      await em.flush();
      return new Response(null, { status: 201 });
    } catch (error) {
      return errorResponse(error, request); // 413 over a limit, 422 where the field refuses the file
    }
  });
  app.post('/members', addMember);
  // #endregion

  const userOf = async (_request: Request): Promise<string | undefined> => 'user 7';
  // #region uploads
  const uploads = uploadHandler({
    storages,
    async createUpload({ filename, type, size, method }, request) {
      const subject = await userOf(request);
      if (subject === undefined) return new Response('Log in first', { status: 401 });
      const announced = { filename, type, size, method, subject };
      return files.createUpload(Member, 'avatar', announced);
    },
    async signUpload(token, step, request) {
      return files.signUpload(token, step, { subject: await userOf(request) });
    },
  });
  app.use('/uploads', nodeHandler(uploads));
  // #endregion

  app.post('/members/7', express.json(), (request, response, next) => {
    const { token } = request.body as { token: string };
    const take = async (): Promise<void> => {
      const em = orm.em.fork();
      em.create(Member, {
        name: 'Grace',
        avatar: FieldFile.fromUpload(token, { subject: 'user 7' }),
      });
      await em.flush();
    };
    take().then(() => response.sendStatus(201), next);
  });
  const { url } = await running(app);
  return { url, orm };
}

describe('the application of the README', () => {
  it('stores the file of a form while it arrives', async () => {
    const { url, orm } = await start();
    const body = new FormData();
    body.set('name', 'Ada');
    body.set('avatar', new File(['hello'], 'me.txt'));

    const response = await fetch(`${url}/members`, { method: 'POST', body });

    expect(response.status).toBe(201);
    const [member] = await orm.em.fork().findAll(Member);
    expect(member).toMatchObject({ name: 'Ada', avatar: { filename: 'me.txt', size: 5 } });
    expect(await member?.avatar?.text()).toBe('hello');
  });

  it('answers what the field has against a file', async () => {
    const { url, orm } = await start();
    const body = new FormData();
    body.set('avatar', new File(['x'.repeat(1001)], 'me.txt'));

    const response = await fetch(`${url}/members`, { method: 'POST', body });

    expect(response.status).toBe(422);
    expect(await orm.em.fork().count(Member)).toBe(0);
  });

  it('takes a direct upload', async () => {
    const { url, orm } = await start();
    const headers = { 'Content-Type': 'application/json' };
    const asked = JSON.stringify({ filename: 'me.txt', size: 5 });
    const answer = await fetch(`${url}/uploads`, { method: 'POST', headers, body: asked });
    const { token, request } = (await answer.json()) as DirectUpload;
    const form = new FormData();
    for (const [name, value] of Object.entries(request.fields ?? {})) form.set(name, value);
    form.set('file', new Blob(['hello']));

    const sent = await fetch(url + request.url, { method: 'POST', body: form });
    const body = JSON.stringify({ token });
    const taken = await fetch(`${url}/members/7`, { method: 'POST', headers, body });

    expect([sent.status, taken.status]).toEqual([204, 201]);
    const [member] = await orm.em.fork().findAll(Member);
    expect(await member?.avatar?.text()).toBe('hello');
  });
});
