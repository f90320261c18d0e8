import { randomUUID } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defineStorages,
  FileSystemStorage,
  type Storages,
  type UploadGrant,
  type UploadRequest,
  type UploadStep,
} from '@filefield/core';
import { uploadHandler, type AskedUpload, type UploadHandlerOptions } from '@filefield/http';
import { nodeHandler } from '@filefield/http/node';
import { afterwards } from '../support/afterwards.ts';
import { running } from './sites.ts';

/** An application that receives uploads on a disk, with a server of its own. */
export interface UploadSite {
  readonly url: string;
  readonly port: number;
  readonly root: string;
  readonly storages: Storages<'local' | 'other'>;
  /** What the application was asked. */
  readonly asked: AskedUpload[];
  /** What it had to answer 500. */
  readonly failures: unknown[];
  sign(changes?: Partial<UploadGrant>, step?: UploadStep): Promise<SignedUpload>;
}

/** A signed request, and the object that it is about. */
export interface SignedUpload extends UploadRequest {
  readonly name: string;
}

const key = 'k'.repeat(32);

/** Starts the application; both of its storages sign with the same key. */
export async function uploadSite(options: Partial<UploadHandlerOptions> = {}): Promise<UploadSite> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'filefield-')));
  afterwards(async () => rmSync(root, { recursive: true, force: true }));
  const create = (directory: string) => () =>
    new FileSystemStorage({
      location: join(root, directory),
      uploadUrl: '/uploads',
      keys: [key],
    });
  const storages = defineStorages({ local: create('local'), other: create('other') });
  const asked: AskedUpload[] = [];
  const failures: unknown[] = [];
  const sign = async (
    changes: Partial<UploadGrant> = {},
    step?: UploadStep,
  ): Promise<SignedUpload> => {
    const name = `incoming/${randomUUID()}`;
    const grant = { name, type: 'text/plain', maxSize: 1000, expiresIn: 60, ...changes };
    const request = await storages.get('local').createUpload(grant, step);
    return { ...request, url: site.url + request.url, name: grant.name };
  };
  const handler = uploadHandler({
    storages,
    createUpload: async (upload) => {
      asked.push(upload);
      const { name, ...request } = await sign({ maxSize: upload.size ?? 1000 });
      return { token: 'a-token', name, expiresAt: '2030-01-01T00:00:00.000Z', request };
    },
    signUpload: async (_token, step) => storages.get('local').createUpload(anyGrant, step),
    ...options,
  });
  const onError = (error: unknown): void => void failures.push(error);
  const { url, port } = await running(nodeHandler(handler, { onError }));
  const site = { url, port, root, storages, asked, failures, sign };
  return site;
}

const anyGrant = { name: 'incoming/x', type: 'text/plain', maxSize: 1000, expiresIn: 60 };

/** What lies on the disk, unfinished files included. */
export async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}
