import { join } from 'node:path';
import {
  defineStorages,
  FileSystemStorage,
  MemoryStorage,
  smokeTest,
  type FileStorage,
  type SmokeFetch,
  type SmokeReport,
} from '@filefield/core';
import { failingStorage, type StorageFault } from '@filefield/core/testing';
import { mediaHandler } from '@filefield/http';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const key = 'a secret of at least 32 characters';

describe('a smoke test', () => {
  it('is one call', async () => {
    const storages = defineStorages({ private: () => new MemoryStorage() });

    // #region smoke
    const { isGood, steps } = await smokeTest(storages.get('private'), {
      baseUrl: 'https://app.example.com', // where URLs that are paths of the application's own site lead
    });
    // #endregion

    expect(isGood).toBe(true);
    expect(steps).toHaveLength(7);
  });

  it('finds a private storage good whose URLs only open with their signature', async () => {
    const { storage, fetch } = await served({ keys: [key] });

    const report = await smokeTest(storage, { baseUrl: 'http://localhost', fetch });

    expect(report.isGood).toBe(true);
    expect(report.steps).toEqual([
      { step: 'save', state: 'good', message: '1024 bytes are stored' },
      { step: 'stat', state: 'good', message: 'it is there, of the right size' },
      { step: 'read', state: 'good', message: 'the same bytes came back' },
      {
        step: 'url',
        state: 'good',
        message: 'its URL answers the same bytes, text/plain; charset=utf-8',
      },
      {
        step: 'protection',
        state: 'good',
        message: 'without its signature the URL answers 403',
      },
      { step: 'delete', state: 'good', message: 'it is deleted' },
      { step: 'gone', state: 'good', message: 'it is gone' },
    ]);
  });

  it('does not ask a public storage to refuse', async () => {
    const { storage, fetch } = await served({ visibility: 'public' });

    const report = await smokeTest(storage, { baseUrl: 'http://localhost', fetch });

    expect(states(report)).toMatchObject({ url: 'good', protection: 'skipped' });
  });

  it('skips URLs where there are none, or nobody said where their site is', async () => {
    const { storage } = await served({ keys: [key] });

    const withoutSite = await smokeTest(storage);
    const withoutUrls = await smokeTest(new MemoryStorage());

    expect(states(withoutSite)).toMatchObject({ url: 'skipped', protection: 'skipped' });
    expect(states(withoutUrls)).toMatchObject({ url: 'skipped', protection: 'skipped' });
  });

  it.each<[what: string, answer: () => Response, message: string]>([
    ['another status', () => new Response('', { status: 502 }), 'its URL answers 502'],
    ['other bytes', () => new Response('no'), 'its URL answers other bytes'],
    ['a host that is down', () => refuse(), 'localhost does not answer: ECONNREFUSED'],
  ])('finds %s at the URL bad', async (_what, answer, message) => {
    const { storage } = await served({ keys: [key] });
    const fetch: SmokeFetch = async () => answer();

    const report = await smokeTest(storage, { baseUrl: 'http://localhost', fetch });

    expect(report.isGood).toBe(false);
    expect(report.steps).toContainEqual({ step: 'url', state: 'bad', message });
    expect(JSON.stringify(report)).not.toContain('signature=');
    expect(await left(storage)).toEqual([]);
  });

  it('finds a private object bad that anybody can read', async () => {
    const { storage, fetch } = await served({ keys: [key] });
    let signed = '';
    const leak: SmokeFetch = async (url, options) => {
      signed ||= url;
      return await fetch(signed, options);
    };

    const { steps } = await smokeTest(storage, { baseUrl: 'http://localhost', fetch: leak });

    expect(steps).toContainEqual({
      step: 'protection',
      state: 'bad',
      message: 'without its signature the URL answers 200: anybody can read it',
    });
  });

  it.each<[what: string, fault: StorageFault, expected: Record<string, string>]>([
    ['cannot be stored', { operation: 'save' }, { save: 'bad', stat: 'skipped', gone: 'skipped' }],
    ['is not told of', { operation: 'stat' }, { save: 'good', stat: 'bad', delete: 'good' }],
    ['cannot be read', { operation: 'open' }, { read: 'bad', delete: 'good', gone: 'good' }],
    ['cannot be deleted', { operation: 'delete' }, { delete: 'bad', gone: 'bad' }],
  ])('says so when an object %s, and leaves none', async (_what, fault, expected) => {
    const inner = new MemoryStorage();

    const report = await smokeTest(failingStorage(inner, [fault]));

    expect(report.isGood).toBe(false);
    expect(states(report)).toMatchObject(expected);
    expect(await left(inner)).toEqual([]);
  });

  it('tells that what it could not delete is still there', async () => {
    const inner = new MemoryStorage();
    const faults: StorageFault[] = [{ operation: 'delete' }, { operation: 'reclaim' }];

    const { name, steps } = await smokeTest(failingStorage(inner, faults));

    expect(steps.at(-1)).toMatchObject({ step: 'delete', state: 'bad' });
    expect(await left(inner)).toEqual([name]);
  });

  it('removes the object when it is aborted', async () => {
    const inner = new MemoryStorage();
    const storage = failingStorage(inner, [{ operation: 'open', effect: 'hang' }]);

    const running = smokeTest(storage, { signal: AbortSignal.timeout(50) });

    await expect(running).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await left(inner)).toEqual([]);
  });
});

async function served(
  options: Partial<ConstructorParameters<typeof FileSystemStorage>[0]>,
): Promise<{ storage: FileStorage; fetch: SmokeFetch }> {
  const location = join(await temporaryDirectory(), 'media');
  const storage = new FileSystemStorage({ location, baseUrl: '/media/', ...options });
  const storages = defineStorages({ media: () => storage });
  const handler = mediaHandler({ storages });
  return { storage: storages.get('media'), fetch: async (url) => await handler(new Request(url)) };
}

function states({ steps }: SmokeReport): Record<string, string> {
  return Object.fromEntries(steps.map(({ step, state }) => [step, state]));
}

async function left(storage: FileStorage): Promise<string[]> {
  return (await Array.fromAsync(storage.walk())).map(({ name }) => name);
}

function refuse(): never {
  throw new TypeError('fetch failed', {
    cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
  });
}
