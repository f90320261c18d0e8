import { mkdir, realpath, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryStorage, StorageOptionsError } from '@filefield/core';
import { collectStatic, findStatic } from '@filefield/static';
import { describe, expect, it } from 'vitest';
import { sourceFiles } from '../../packages/static/src/source-files.ts';
import { sourceTree, writeTree, type Tree } from './source-tree.ts';

const namesOf = async (files: Tree, ignore: readonly string[] = []): Promise<string[]> => {
  const found = await sourceFiles({ sources: [await sourceTree(files)], ignore });
  return [...found.files.keys()];
};

describe('sources', () => {
  it('give their files with the directories they lie in', async () => {
    expect(await namesOf({ 'b.css': '', 'a/c/d.css': '', 'a/b.css': '' })).toEqual([
      'a/b.css',
      'a/c/d.css',
      'b.css',
    ]);
  });

  it('put their prefix before the names', async () => {
    const dir = await sourceTree({ 'css/a.css': '' });

    const { files } = await sourceFiles({ sources: [{ prefix: 'vendor/b', dir }] });

    expect([...files.keys()]).toEqual(['vendor/b/css/a.css']);
  });

  it('may be directories of installed packages', async () => {
    const project = await sourceTree({
      'node_modules/plain/dist/a.css': 'a',
      'node_modules/@scope/b/static/b.css': 'b',
      'app/static/c.css': 'c',
    });
    const sources = ['package:plain/dist', 'package:@scope/b/static', 'static'];

    const { files } = await sourceFiles({ sources, from: join(project, 'app') });

    expect([...files.keys()]).toEqual(['a.css', 'b.css', 'c.css']);
  });

  it('are asked in their order, and what the first has wins', async () => {
    const [first, second] = [
      await sourceTree({ 'a.css': '1' }),
      await sourceTree({ 'a.css': '2' }),
    ];

    const { files, conflicts } = await sourceFiles({ sources: [first, second] });

    expect([...files.values()]).toEqual([{ name: 'a.css', path: join(first, 'a.css') }]);
    expect(conflicts).toEqual([
      { name: 'a.css', path: join(first, 'a.css'), ignored: join(second, 'a.css') },
    ]);
  });

  it('conflict where a storage takes two names for one', async () => {
    const source = await sourceTree({ 'A.css': '1', 'a.css': '2' });
    const fold = (name: string): string => name.toLowerCase();

    const { files, conflicts } = await sourceFiles({ sources: [source] }, fold);

    expect([...files.keys()]).toEqual(['A.css']);
    expect(conflicts.map(({ ignored }) => ignored)).toEqual([join(source, 'a.css')]);
  });

  it('give names in one spelling of Unicode', async () => {
    expect(await namesOf({ 'u\u0308.css': '' })).toEqual(['\u00fc.css']);
  });

  it('leave out what has a name that no storage can use', async () => {
    const { files, problems } = await sourceFiles({
      sources: [await sourceTree({ 'ab:c.css': '', 'incoming/c.css': '' })],
    });

    expect([...files.keys()]).toEqual([]);
    expect(problems.map(({ reason, message }) => ({ reason, message }))).toEqual([
      {
        reason: 'name',
        message:
          'no storage can use "ab:c.css" as a file name: it holds a colon, which not every file system can store',
      },
      {
        reason: 'name',
        message: 'no storage can use "incoming/c.css" as a file name: "incoming/" is reserved',
      },
    ]);
  });
});

describe('what sources leave out', () => {
  const files = { 'a.css': '', '.git/b': '', '.c': '', 'CVS/d': '', 'e~': '', 'f/.g/h': '' };

  it('is hidden, of version control, or an editor’s copy', async () => {
    expect(await namesOf(files)).toEqual(['a.css']);
  });

  it('is nothing where it is told so', async () => {
    const { files: found } = await sourceFiles({
      sources: [await sourceTree(files)],
      noDefaultIgnore: true,
    });

    expect([...found.keys()]).toEqual(['.c', '.git/b', 'CVS/d', 'a.css', 'e~', 'f/.g/h']);
  });

  it.each([
    { pattern: '*.scss', left: ['a.css', 'src/b.css', 'src/[x].css'] },
    { pattern: 'src', left: ['a.css', 'a.scss'] },
    { pattern: 'src/', left: ['a.css', 'a.scss'] },
    { pattern: './src/*', left: ['a.css', 'a.scss'] },
    { pattern: 'src/?.css', left: ['a.css', 'a.scss', 'src/[x].css'] },
    { pattern: '[ab].css', left: ['a.scss', 'src/[x].css'] },
    { pattern: '[!a].css', left: ['a.css', 'a.scss', 'src/[x].css'] },
    { pattern: '[[]x].css', left: ['a.css', 'a.scss', 'src/b.css'] },
    { pattern: 'A.CSS', left: ['a.css', 'a.scss', 'src/b.css', 'src/[x].css'] },
  ])('is what $pattern matches', async ({ pattern, left }) => {
    const tree = { 'a.css': '', 'a.scss': '', 'src/b.css': '', 'src/[x].css': '' };

    expect((await namesOf(tree, [pattern])).toSorted()).toEqual(left.toSorted());
  });
});

describe('a link in a source', () => {
  it('counts as what it leads to inside the source', async () => {
    const source = await sourceTree({ 'a/b.css': '' });
    await symlink('a/b.css', join(source, 'c.css'));
    await symlink('a', join(source, 'd'));

    const { files, problems } = await sourceFiles({ sources: [source] });

    expect([...files.keys()]).toEqual(['a/b.css', 'c.css', 'd/b.css']);
    expect(problems).toEqual([]);
  });

  it.each([
    { where: 'out of it', to: process.execPath, told: 'out of its source' },
    { where: 'to the directory around it', to: '../..', told: 'out of its source' },
    { where: 'nowhere', to: 'gone.css', told: 'nowhere' },
    { where: 'to a directory above itself', to: '..', told: 'upwards' },
  ])('is left out and told where it leads $where', async ({ to, told }) => {
    const source = await sourceTree({ 'a/b.css': '' });
    await symlink(to, join(source, 'a/c.css'));

    const { files, problems } = await sourceFiles({ sources: [source] });

    expect([...files.keys()]).toEqual(['a/b.css']);
    expect(problems.map(({ message }) => message)).toEqual([
      `"a/c.css" is a link that leads ${told}, it is left out`,
    ]);
  });
});

describe('a source is refused', () => {
  it.each([
    {
      when: 'it is empty',
      source: '',
      message: 'Cannot use "" as a source: a directory is wanted',
    },
    {
      when: 'it names no package',
      source: 'package:',
      message: 'Cannot use "package:" as a source: package:NAME/directory is wanted',
    },
    {
      when: 'it leads out of its package',
      source: 'package:a/../b',
      message: 'Cannot use "package:a/../b" as a source: package:NAME/directory is wanted',
    },
    {
      when: 'its package is a path',
      source: 'package:../a',
      message: 'Cannot use "package:../a" as a source: package:NAME/directory is wanted',
    },
    {
      when: 'its prefix ends in a slash',
      source: { prefix: 'a/', dir: '.' },
      message: 'Cannot use "a/" as the prefix of a source: a name such as "vendor" is wanted',
    },
  ])('when $when', async ({ source, message }) => {
    const finding = findStatic('a.css', { sources: [source] });

    await expect(finding).rejects.toThrow(StorageOptionsError);
    await expect(finding).rejects.toThrow(message);
  });

  it('when it is not there, unless collecting is lenient', async () => {
    const options = { sources: ['gone', 'package:gone/dist'], storage: new MemoryStorage() };

    await expect(collectStatic(options)).rejects.toThrow(
      'Cannot collect static files: the source "gone" is not there; the source "package:gone/dist" is not there',
    );
    const { problems } = await collectStatic({ ...options, strict: false });
    expect(problems.map(({ reason, name }) => ({ reason, name }))).toEqual([
      { reason: 'source', name: 'gone' },
      { reason: 'source', name: 'package:gone/dist' },
    ]);
  });
});

describe('finding a static file', () => {
  it('answers every place, the one that counts first', async () => {
    const [first, second] = [
      await sourceTree({ 'a.css': '1' }),
      await sourceTree({ 'a.css': '2' }),
    ];
    const sources = [first, await sourceTree({}), { prefix: '', dir: second }];

    expect(await findStatic('a.css', { sources })).toEqual([
      { name: 'a.css', path: join(first, 'a.css') },
      { name: 'a.css', path: join(second, 'a.css') },
    ]);
  });

  it('knows prefixes', async () => {
    const dir = await sourceTree({ 'a.css': '' });
    const sources = [{ prefix: 'vendor', dir }];

    expect(await findStatic('vendor/a.css', { sources })).toHaveLength(1);
    expect(await findStatic('a.css', { sources })).toEqual([]);
  });

  it.each([
    { of: 'a file that is not there', name: 'gone.css' },
    { of: 'a directory', name: 'css' },
    { of: 'what is left out', name: 'css/.hidden' },
    { of: 'what lies in a directory that is left out', name: '.git/config' },
    { of: 'a path out of the source', name: '../outside.css' },
    { of: 'a path out of the source by a way inside', name: 'css/../../outside.css' },
    { of: 'an absolute path', name: process.execPath },
    { of: 'a link out of the source', name: 'link' },
    { of: 'a name with NUL', name: 'a\0.css' },
    { of: 'a file as if it were a directory', name: 'css/a.css/b' },
    { of: 'nothing', name: '' },
  ])('finds no place of $of', async ({ name }) => {
    const parent = await realpath(await sourceTree({ 'outside.css': '' }));
    await mkdir(join(parent, 'source'));
    await writeTree(join(parent, 'source'), {
      'css/a.css': '',
      'css/.hidden': '',
      '.git/config': '',
    });
    await symlink(process.execPath, join(parent, 'source/link'));

    expect(await findStatic(name, { sources: [join(parent, 'source')] })).toEqual([]);
  });
});
