import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { defineStorages, FieldFile, type FileStorage } from '@filefield/core';
import { sharpEngine } from '@filefield/core/sharp';
import { failingStorage, type FailingStorage } from '@filefield/core/testing';
import { fileFields, type FileFields } from '@filefield/mikro-orm';
import { MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import { createApp } from '../../examples/02-team-directory/src/app.ts';
import { bundleClient } from '../../examples/02-team-directory/src/bundle-client.ts';
import { Document } from '../../examples/02-team-directory/src/document.ts';
import { Member } from '../../examples/02-team-directory/src/member.ts';
import { Photo } from '../../examples/02-team-directory/src/photo.ts';
import { afterwards } from '../support/afterwards.ts';
import { createDatabase } from '../support/database.ts';

/** The example 02-team-directory, running in this process, and what lies behind it. */
export interface Team {
  readonly url: string;
  readonly files: FileFields;
  /** Count what they are asked. */
  readonly storages: Readonly<Record<'public' | 'private', FailingStorage>>;
  /** Another one each time. */
  em(): EntityManager;
  /** The newest document of that filename. */
  document(filename: string): Promise<Document>;
  /** Counts the queries from now on. */
  countQueries(): () => number;
  /** Adds a member without a browser. */
  addMember(name: string): Promise<Member>;
  /** Adds a document, with a member of its own. */
  addDocument(filename: string, text: string): Promise<Document>;
}

/** Starts the example on storages, with an empty database, until the file's tests are over. */
export async function startTeam(
  bare: Readonly<Record<'public' | 'private', FileStorage>>,
): Promise<Team> {
  const storages = { public: failingStorage(bare.public), private: failingStorage(bare.private) };
  const engine = sharpEngine();
  const keys = [randomUUID()];
  const files = fileFields({
    storages: defineStorages({ public: () => storages.public, private: () => storages.private }),
    environment: 'test',
    keys,
    worker: 'manual',
    grace: '0ms',
    variants: { engine, baseUrl: '/variants/' },
  });
  let queries = 0;
  const { connection } = await createDatabase();
  const orm = await MikroORM.init({
    ...connection,
    entities: [Member, Document, Photo],
    extensions: [files],
    debug: ['query'],
    logger: () => void (queries += 1),
  });
  await orm.schema.update();
  await files.ready();
  const app = createApp({ orm, files, keys, scripts: await bundleClient() });
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await once(server, 'listening');
  afterwards(async () => {
    await new Promise((resolve) => server.close(resolve));
    await orm.close();
    await files.close();
    await engine.close();
  });
  const em = (): EntityManager => orm.em.fork();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    storages,
    em,
    document: async (filename) =>
      em().findOneOrFail(Document, { file: { filename } }, { orderBy: { id: 'desc' } }),
    countQueries: () => {
      const before = queries;
      return () => queries - before;
    },
    addMember: async (name) => {
      const forked = em();
      const member = forked.create(Member, { name, title: 'Test' });
      await forked.flush();
      return member;
    },
    addDocument: async (filename, text) => {
      const forked = em();
      const member = forked.create(Member, { name: `Owner of ${filename}`, title: 'Test' });
      const file = FieldFile.from(text, { filename });
      const document = forked.create(Document, { member, file });
      await forked.flush();
      return document;
    },
  };
}
