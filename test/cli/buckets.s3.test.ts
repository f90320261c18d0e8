import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fallbackStorage, MemoryStorage } from '@filefield/core';
import { fileField } from '@filefield/mikro-orm';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { createBucket, createStorage } from '../s3/support.ts';
import { writeTree } from '../static/source-tree.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { runCli } from './run-cli.ts';

const bucket = await createBucket();
const User = defineEntity({
  name: 'User',
  properties: { id: p.integer().primary(), avatar: fileField({ storage: 'private' }) },
});

describe('filefield on buckets', () => {
  it('finds a private storage good: its URLs open, and without their signature do not', async () => {
    const storages = { private: createStorage({ bucket }) };

    const { exitCode, stdout } = await runCli(['smoke', 'private'], { storages });

    expect(exitCode).toBe(0);
    expect(stdout).toContain('private url: good, its URL answers the same bytes, text/plain');
    expect(stdout).toContain('private protection: good, without its signature the URL answers 403');
    expect(stdout).not.toContain('X-Amz-');
  });

  it('says what is wrong with a storage whose bucket is not there', async () => {
    const storages = { private: createStorage({ bucket: `${bucket}-none` }) };

    const { exitCode, stdout } = await runCli(['smoke', 'private'], { storages });

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^private save: bad, Cannot .+bucket/);
  });

  it('copies a directory to a bucket, and from there to another storage', async () => {
    const cwd = await temporaryDirectory();
    await writeTree(cwd, { 'docs/a.txt': 'a', 'docs/x/b.txt': 'b' });
    const storages = { private: createStorage({ bucket }), other: createStorage({ bucket }) };

    const up = await runCli(['cp', '-r', './docs', 'private:kept'], { storages }, { cwd });
    const across = await runCli(['cp', '-r', 'private:kept', 'other:'], { storages });
    const down = await runCli(['cp', 'other:x/b.txt', './b.txt'], { storages }, { cwd });

    expect([up.stdout, across.stdout]).toEqual(
      Array(2).fill('2 files copied, 2 B, 0 there already, 0 failed\n'),
    );
    expect(down.exitCode).toBe(0);
    expect(await readFile(join(cwd, 'b.txt'), 'utf8')).toBe('b');
  });

  it('prints a policy for the storages on S3, the parts of others too, and tells the rest', async () => {
    const onS3 = createStorage({ bucket });
    const moving = fallbackStorage({ primary: onS3, fallback: new MemoryStorage() });
    const storages = { moving, local: new MemoryStorage() };

    const { exitCode, stdout, stderr } = await runCli(['iam-policy', 'moving', 'local'], {
      storages,
    });

    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: 'Left out: storage "local" is not on S3\n',
    });
    expect(JSON.parse(stdout)).toMatchObject({ Version: '2012-10-17' });
    expect(stdout).toContain(`arn:aws:s3:::${bucket}/${onS3.location.split('/').at(-2)}/*`);
  });

  it('refuses to print a policy when none is on S3', async () => {
    const { exitCode, stderr } = await runCli(['iam-policy', 'local', '-q'], {
      storages: { local: new MemoryStorage() },
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('Cannot write it: none of the storages is on S3\n');
  });

  it('prints how a bucket should be', async () => {
    const storages = { private: createStorage({ bucket }) };
    const flags = ['--origin', 'https://app.example.com', '--keep-versions', '7'];

    const { stdout } = await runCli(['bucket-config', 'private', ...flags], { storages });

    expect(JSON.parse(stdout)).toMatchObject([
      {
        'put-bucket-versioning': { Bucket: bucket },
        'put-bucket-cors': { CORSConfiguration: { CORSRules: [{ ID: 'filefield' }] } },
      },
    ]);
  });

  it('says which storages of the bucket were not named: what they need would be replaced', async () => {
    const storages = {
      private: createStorage({ bucket }),
      static: createStorage({ bucket, visibility: 'public' }),
      other: new MemoryStorage(),
    };

    const some = await runCli(['bucket-config', 'private'], { storages });
    const every = await runCli(['bucket-config', 'private', 'static'], { storages });

    expect(some.stderr).toBe(
      'Storage "static" shares a bucket with these: name it too, or what it needs is lost when this is applied\n',
    );
    expect(every).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('prints CORS rules', async () => {
    const { stdout } = await runCli(['cors', '--origin', 'https://app.example.com', '--read-only']);

    expect(JSON.parse(stdout)).toMatchObject({
      CORSRules: [{ AllowedMethods: ['GET', 'HEAD'], AllowedOrigins: ['https://app.example.com'] }],
    });
  });

  it('looks at buckets in a check', async () => {
    const storages = { private: createStorage({ bucket }) };

    const { stdout } = await runCli(['check', '--all'], {
      storages,
      files: { environment: 'test' },
      orm: { entities: [User] },
    });

    expect(stdout).toContain('storage "private": bucket: good, ');
  });
});
