import { MemoryStorage } from '@filefield/core';
import type { Options } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { writeTree } from '../static/source-tree.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { runCli } from './run-cli.ts';
import { chosenConfiguration } from '../../packages/cli/src/project/chosen-configuration.ts';

describe('the configuration file', () => {
  it.each([
    ['is none', {}, ['ls', 'media'], 2, 'none of src/mikro-orm.config.ts, mikro-orm.config.ts,'],
    [
      'is not where it should be',
      {},
      ['ls', 'media', '--config', 'a.js'],
      2,
      '"a.js": no such file',
    ],
    [
      'fails',
      { 'mikro-orm.config.js': `throw new Error('no postgres://me:hunter2@db/app')` },
      ['ls', 'media'],
      1,
      'Cannot load the configuration: no postgres://***@db/app\n',
    ],
    [
      'fails when it is called, with an error of another program',
      {
        'mikro-orm.config.js': `export default () => { throw Object.assign(new Error('no BUCKET'), { exitCode: undefined }) }`,
      },
      ['ls', 'media'],
      1,
      'Cannot load the configuration: no BUCKET\n',
    ],
    [
      'stands beside a package.json that is none',
      { 'package.json': '{', 'mikro-orm.config.js': 'export default {}' },
      ['ls', 'media'],
      1,
      'Cannot read the package.json of the project: ',
    ],
    [
      'exports something else',
      { 'mikro-orm.config.js': 'export default 7' },
      ['ls', 'media'],
      1,
      'its default export has none named "default"',
    ],
    [
      'has no file fields',
      { 'mikro-orm.config.js': 'export default { extensions: [] }' },
      ['ls', 'media'],
      1,
      'Cannot find fileFields() in the configuration of MikroORM',
    ],
  ])('is told of when it %s', async (_what, files, argv, code, told) => {
    const cwd = await temporaryDirectory();
    await writeTree(cwd, files);

    const { exitCode, stderr } = await runCli(argv, {}, { cwd, load: undefined });

    expect({ exitCode, stderr }).toEqual({ exitCode: code, stderr: expect.stringContaining(told) });
  });

  it('is asked for the context that is wanted', async () => {
    const storages = { media: new MemoryStorage() };

    const wanted = runCli(
      ['ls', 'media', '--context', 'second'],
      { storages },
      {
        load: async ({ context }) => Promise.reject(new Error(`asked for ${context ?? ''}`)),
      },
    );

    expect((await wanted).stderr).toBe('asked for second\n');
  });
});

describe('of several configurations', () => {
  const first: Options = { contextName: 'first', dbName: 'a' };
  const nameless: Options = { dbName: 'b' };
  const made = (name: string): Options => ({ contextName: name, dbName: 'made' });
  const refusing = (): Options => ({ contextName: 'other' });

  it.each<[what: string, exported: unknown, context: string, dbName: string]>([
    ['an object without a name', nameless, 'default', 'b'],
    ['an object by its name', [nameless, first], 'first', 'a'],
    ['the object without a name', [first, nameless], 'default', 'b'],
    ['an object before a function', [made, first], 'first', 'a'],
    ['the first function that makes it', [refusing, made], 'first', 'made'],
    ['a function that waits', async (name: string) => made(name), 'first', 'made'],
  ])('takes %s', async (_what, exported, context, dbName) => {
    expect(await chosenConfiguration(exported, context)).toMatchObject({ dbName });
  });

  it.each<[what: string, exported: unknown, told: string]>([
    ['none of the name', [nameless], 'none named "first"'],
    ['two of the name', [first, first], 'is there twice'],
    ['only a function that makes another', refusing, 'none named "first"'],
  ])('refuses %s', async (_what, exported, told) => {
    await expect(chosenConfiguration(exported, 'first')).rejects.toThrow(told);
  });
});
