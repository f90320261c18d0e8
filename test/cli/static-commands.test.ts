import { join } from 'node:path';
import { FileSystemStorage, MemoryStorage } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { sourceTree, writeTree } from '../static/source-tree.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { runCli, type CliProject } from './run-cli.ts';

describe('filefield collectstatic', () => {
  it('collects what the configuration names, without asking where nothing is yet', async () => {
    const project = await site({ 'css/app.css': 'body{}' });

    const { exitCode, stdout } = await runCli(['collectstatic'], project);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^1 static file copied to '\/.+\/static\/', 1 post-processed\.\n$/);
  });

  it('tells what is as it was', async () => {
    const project = await site({ 'css/app.css': 'body{}' });
    await runCli(['collectstatic'], project);

    const { stdout } = await runCli(['collectstatic', '--yes'], project);

    expect(stdout).toMatch(/^0 static files copied to '.+', 1 unmodified\.\n$/);
  });

  it.each([
    ['overwrites', [], 'This will overwrite existing files!'],
    ['clears', ['--clear'], 'This will DELETE ALL FILES in this location!'],
  ])('asks before it %s a place that holds something', async (_what, flags, warning) => {
    const project = await site({ 'a.txt': 'a' });
    await runCli(['collectstatic'], project);

    const { exitCode, stderr } = await runCli(['collectstatic', ...flags], project, {
      typed: 'y',
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${warning}\nAre you sure you want to do this?\n\nType 'yes'`);
    expect(stderr).toContain('Collecting static files cancelled.\n');
  });

  it('goes on when the answer is yes', async () => {
    const project = await site({ 'a.txt': 'a' });
    await runCli(['collectstatic'], project);

    const { exitCode, stdout } = await runCli(['collectstatic'], project, { typed: 'yes' });

    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('unmodified'),
    });
  });

  it('always asks where the place is not on this machine, and in a pipe wants --yes', async () => {
    const project = await site({ 'a.txt': 'a' });
    const remote = { ...project, storages: { static: new MemoryStorage() } };

    const { exitCode, stderr } = await runCli(['collectstatic'], remote);

    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      'Cannot ask before it goes on: This will overwrite existing files!\nPass --yes\n',
    );
  });

  it.each([
    ['0', '', ''],
    ['1', 'Pretending 1/2\nPretending 2/2\n', '1 static file copied'],
    ['2', "Pretending to post-process 'a.0cc175b9c0f1.txt'\nPretending to copy 'a.txt'\n", '1 st'],
  ])('with -v %s and --dry-run writes nothing and says that much', async (level, told, sum) => {
    const project = await site({ 'a.txt': 'a' });

    const { stdout, stderr } = await runCli(['collectstatic', '-n', '-v', level], project);
    const after = await runCli(['ls', 'static'], project);

    expect(stderr).toBe(told);
    expect(stdout.startsWith(sum)).toBe(true);
    expect(after.stdout).toBe('');
  });

  it('tells of files that another source hides', async () => {
    const project = await site({ 'a.txt': 'a' });
    const more = ['--source', await sourceTree({ 'a.txt': 'one' })];
    const both = [...more, '--source', await sourceTree({ 'a.txt': 'two' })];

    const { exitCode, stdout } = await runCli(['collectstatic', ...both, '-v2'], project);
    const strict = ['collectstatic', ...both, '--yes', '--fail-on-conflict'];

    expect([exitCode, (await runCli(strict, project)).exitCode]).toEqual([0, 1]);
    expect(stdout).toContain("Found another file with the destination path 'a.txt'. It will be");
    expect(stdout).toContain(', 1 skipped due to conflict.\n');
  });

  it('tells what clearing removes, and before that what it would remove', async () => {
    const project = await site({ 'a.txt': 'a' });
    await project.storages!['static']!.save('old.txt', 'old');

    const looked = await runCli(['collectstatic', '--clear', '-n', '-v2'], project);
    const { stdout } = await runCli(['collectstatic', '--clear', '--yes'], project);

    expect(looked.stderr).toContain("Pretending to delete 'old.txt'\n");
    expect(stdout).toMatch(/^1 static file deleted\.\n/);
  });

  it('hands every flag on', async () => {
    const project = await site({ 'app.css': 'body{}'.repeat(200), '.hidden': '', 'x.map': '{}' });
    const flags = ['--precompress', '--prune', '2', '--modules', '--no-strict', '--verify'];
    const left = ['--no-default-ignore', '-i', '*.map', '--concurrency', '1', '--noinput'];

    const { stdout } = await runCli(['collectstatic', ...flags, ...left, '--json'], project);

    expect(JSON.parse(stdout)).toMatchObject({
      storage: 'static',
      copied: ['.hidden', '.keep', 'app.css'],
      compressed: [expect.stringMatching(/\.gz$/), expect.stringMatching(/\.br$/)],
      dryRun: false,
    });
  });

  it('stores plain names only with --no-post-process, and links with --link', async () => {
    const project = await site({ 'a.txt': 'a' });

    const { stdout } = await runCli(['collectstatic', '--no-post-process', '--link'], project);

    expect(stdout).toMatch(/^1 static file linked to '.+'\.\n$/);
  });

  it('tells everything that is wrong with the files, and stores nothing', async () => {
    const project = await site({ 'a.css': 'a { background: url(none.png) }' });

    const { exitCode, stderr } = await runCli(['collectstatic', '-q'], project);

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^Cannot collect static files: "a\.css" refers to "none\.png" in line 1/,
    );
  });

  it('refuses the storage of a field, which it would overwrite and clear', async () => {
    const media = new MemoryStorage();
    await media.save('avatars/me.png', 'me');
    const User = defineEntity({
      name: 'User',
      properties: (p) => ({ id: p.integer().primary(), avatar: fileField({ storage: 'media' }) }),
    });
    const project = { ...(await site({ 'a.txt': 'a' })), storages: { media } };
    const argv = ['collectstatic', '--storage', 'media', '--clear', '--yes'];

    const { exitCode, stderr } = await runCli(argv, { ...project, orm: { entities: [User] } });

    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(/"media": a field keeps its files there\nName another: /),
    });
    expect(await media.exists('avatars/me.png')).toBe(true);
  });

  it('refuses a place that uploads may reach', async () => {
    const project = await site({ 'a.txt': 'a' });
    const { static: statics } = project.storages!;
    const media = new FileSystemStorage({ location: join(statics!.path('x'), '../media') });
    const storages = { static: statics!, media };

    const { exitCode, stderr } = await runCli(['collectstatic', '--yes'], { ...project, storages });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('an upload could take the place of a static file');
  });

  it('says how to name sources where there are none', async () => {
    const { staticFiles: _, ...project } = await site({});

    const { exitCode, stderr } = await runCli(['collectstatic'], project);

    expect(exitCode).toBe(2);
    expect(stderr).toContain("export const staticFiles = { sources: ['assets'] }");
  });
});

describe('filefield findstatic', () => {
  it('tells every place that has a file, the one that counts first', async () => {
    const project = await site({ 'a.txt': 'a' });
    const other = await sourceTree({ 'a.txt': 'b' });
    const [first] = project.staticFiles!.sources!;
    const flags = ['--source', String(first), '--source', other];

    const { stdout } = await runCli(['findstatic', 'a.txt', ...flags], project);

    expect(stdout).toBe(`Found 'a.txt' here:\n  ${String(first)}/a.txt\n  ${other}/a.txt\n`);
  });

  it('tells where it looked when it is asked to tell more', async () => {
    const project = await site({ 'a.txt': 'a' });
    const source = String(project.staticFiles!.sources![0]);

    const { stdout } = await runCli(['findstatic', 'a.txt', '-v2'], project);

    expect(stdout).toMatch(/^Found 'a\.txt' here:\n/);
    expect(stdout).toContain(`Looking in the following locations:\n  ${source}\n`);
  });

  it('tells one path for a script', async () => {
    const project = await site({ 'a.txt': 'a' });

    const { stdout } = await runCli(['findstatic', '--first', '-v', '0', 'a.txt'], project);

    expect(stdout).toBe(`${String(project.staticFiles!.sources![0])}/a.txt\n`);
  });

  it('ends with 1 when a file is in no source', async () => {
    const project = await site({ 'a.txt': 'a' });

    const { exitCode, stderr } = await runCli(['findstatic', 'b.txt'], project);

    expect(exitCode).toBe(1);
    expect(stderr).toBe("No matching file found for 'b.txt'.\n");
  });
});

async function site(files: Readonly<Record<string, string>>): Promise<CliProject> {
  const directory = await temporaryDirectory();
  const assets = join(directory, 'assets');
  await writeTree(assets, { ...files, '.keep': '' });
  const location = join(directory, 'static');
  const storage = new FileSystemStorage({ location, visibility: 'public' });
  return { storages: { static: storage }, staticFiles: { sources: [assets] } };
}
