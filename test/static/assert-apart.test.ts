import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  defineStorages,
  fallbackStorage,
  FileSystemStorage,
  MemoryStorage,
  StorageOptionsError,
} from '@filefield/core';
import { assertApart, loadStatic } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const statics = { alias: 'static', location: 's3://s3.example.net/acme-static/assets/' };

describe('static files and uploads', () => {
  it.each<[where: string, location: string]>([
    ['in one place', 's3://s3.example.net/acme-static/assets/'],
    ['uploads inside', 's3://s3.example.net/acme-static/assets/media/'],
    ['uploads around', 's3://s3.example.net/acme-static/'],
  ])('are not kept %s', (_where, location) => {
    const media = [{ alias: 'media', location }];

    expect(() => assertApart(statics, media)).toThrow(StorageOptionsError);
    expect(() => assertApart(statics, media)).toThrow(
      'Cannot keep static files in storage "static" and uploads in storage "media": ',
    );
  });

  it.each<[where: string, location: string]>([
    ['another bucket', 's3://s3.example.net/acme-media/assets/'],
    ['another prefix', 's3://s3.example.net/acme-static/media/'],
    ['a prefix that begins alike', 's3://s3.example.net/acme-static/assets-media/'],
    ['another server', 's3://minio.example.net/acme-static/assets/'],
    ['the disk', 'file:///srv/assets/'],
  ])('may be kept apart: %s', (_where, location) => {
    expect(() => assertApart(statics, [{ location }])).not.toThrow();
  });

  it('are not kept in what uploads are still read from', () => {
    const media = fallbackStorage({
      primary: new MemoryStorage({ id: 'media' }),
      fallback: new MemoryStorage({ id: 'old' }),
    });
    const old = { alias: 'static', location: 'memory://old/' };

    expect(() => assertApart(old, [media])).toThrow('both have one location');
    expect(() => assertApart({ ...old, location: 'memory://older/' }, [media])).not.toThrow();
  });

  it('are told apart when a program starts, in all storages of its registry', async () => {
    const location = await temporaryDirectory();
    const storages = defineStorages({
      static: () => new FileSystemStorage({ location, baseUrl: '/static/', visibility: 'public' }),
      memory: () => new MemoryStorage(),
      media: () => new FileSystemStorage({ location: join(location, 'media') }),
    });
    const options = { storage: storages.get('static'), manifest: false } as const;

    await expect(loadStatic({ ...options, media: storages })).rejects.toThrow(
      '"static" and uploads in storage "media": one lies inside the other',
    );
    await expect(
      loadStatic({ ...options, media: [storages.get('memory')] }),
    ).resolves.toBeDefined();
    await expect(loadStatic({ ...options, media: [storages.get('static')] })).rejects.toThrow(
      'both have one location',
    );
  });

  it('are told apart in development, in every source', async () => {
    const [first, second] = [await temporaryDirectory(), await temporaryDirectory()];
    await mkdir(join(second, 'uploads'));
    const media = [new FileSystemStorage({ location: join(second, 'uploads') })];

    const loading = loadStatic({ development: true, sources: [first, second], media });

    await expect(loading).rejects.toThrow('one lies inside the other');
  });

  it('are told apart where the files lie in a directory', async () => {
    const location = await temporaryDirectory();
    const media = [new FileSystemStorage({ location })];

    const loading = loadStatic({ storage: location, manifest: false, media });

    await expect(loading).rejects.toThrow('both have one location');
  });
});
