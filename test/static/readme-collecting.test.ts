import { join } from 'node:path';
import { defineStorages, FileSystemStorage } from '@filefield/core';
import { collectStatic as collect, type CollectOptions } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { sourceTree } from './source-tree.ts';

describe('the README of @filefield/static shows how to', () => {
  it('collect files', async () => {
    const from = await sourceTree({
      'assets/css/app.css': 'a { b: url(/static/vendor/css/bootstrap.css) }',
      'node_modules/bootstrap/dist/css/bootstrap.css': 'a { b: c }'.repeat(100),
    });
    const location = join(await temporaryDirectory(), 'static');
    const storages = defineStorages({ static: () => new FileSystemStorage({ location }) });
    const collectStatic = async (options: CollectOptions): ReturnType<typeof collect> =>
      collect({ ...options, from });

    // #region collect
    const { processed, compressed, unchanged } = await collectStatic({
      sources: ['assets', { prefix: 'vendor', dir: 'package:bootstrap/dist' }],
      storage: storages.get('static'),
      precompress: true,
      prune: 2, // keeps the files of the two deployments before this one
    });
    // #endregion

    expect(processed).toHaveLength(2);
    expect(compressed).toHaveLength(2);
    expect(unchanged).toEqual([]);
  });
});
