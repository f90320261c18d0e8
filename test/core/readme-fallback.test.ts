import { join } from 'node:path';
import {
  defineStorages,
  fallbackStorage,
  FileSystemStorage,
  MemoryStorage,
  type FileStorage,
} from '@filefield/core';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the README of @filefield/core shows how to', () => {
  it('read through to where files lay before', async () => {
    const location = join(await temporaryDirectory(), 'media');
    const keys = ['at least 32 characters that nobody knows'];
    const bucket = (): FileStorage => new MemoryStorage({ id: 'bucket' });

    // #region fallback
    const disk = () => new FileSystemStorage({ location, baseUrl: '/media/', keys });

    const storages = defineStorages({
      media: () => fallbackStorage({ primary: bucket(), fallback: disk() }),
      old: disk,
    });
    // #endregion
    await storages.get('old').save('a.txt', 'older');

    expect(await storages.get('media').size('a.txt')).toBe(5);
    expect(storages.get('media').url('a.txt')).toMatch(/^\/media\/a\.txt\?/);
  });
});
