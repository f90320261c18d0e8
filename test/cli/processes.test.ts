import { once } from 'node:events';
import { readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { ended, filefield, projectDirectory, shell, startFilefield } from './project-directory.ts';

const storages = `defineStorages({
  media: () => new FileSystemStorage({ location: './media' }),
  static: () => new FileSystemStorage({ location: './static', visibility: 'public' }),
})`;

const legacy = `
import { FileSystemStorage, defineStorages } from '@filefield/core';
import type { FieldFile } from '@filefield/core';
import { fileFields } from '@filefield/mikro-orm';
import { FileField } from '@filefield/mikro-orm/legacy';
import { Entity, PrimaryKey } from '@mikro-orm/decorators/legacy';
import { defineConfig } from '@mikro-orm/postgresql';

console.log('what the project itself prints');
enum Directory { Avatars = 'avatars/' }

@Entity()
class User {
  @PrimaryKey({ type: 'integer' }) id!: number;
  @FileField({ storage: 'media', uploadTo: Directory.Avatars }) avatar!: FieldFile | null;
}

export const staticFiles = { sources: ['assets'] };
const extensions = [fileFields({ storages: ${storages} })];
export default defineConfig({ dbName: 'none', port: 1, entities: [User], extensions });
`;

const metadata = legacy
  .replace('PrimaryKey }', 'PrimaryKey, ReflectMetadataProvider }')
  .replace("PrimaryKey({ type: 'integer' })", 'PrimaryKey()')
  .replace("dbName: 'none'", "dbName: 'none', metadataProvider: ReflectMetadataProvider")
  .replace(/^/, "import 'reflect-metadata';");

const es = legacy
  .replaceAll('/legacy', '/es')
  .replace('export default defineConfig(', 'export default async () => (');

const script = `
import { FileSystemStorage, defineStorages } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { defineEntity, p } from '@mikro-orm/postgresql';

const properties = { id: p.integer().primary(), avatar: fileField({ storage: 'media' }) };
const extensions = [fileFields({ storages: ${storages} })];
const entities = [defineEntity({ name: 'User', properties })];
export default [{ contextName: 'other' }, { dbName: 'none', port: 1, entities, extensions }];
`;

const tsconfig = (options: object): string =>
  JSON.stringify({ compilerOptions: { target: 'es2022', module: 'nodenext', ...options } });

describe('the configuration of a project', () => {
  it.each<[what: string, files: Record<string, string>, env: Record<string, string>]>([
    [
      'TypeScript with decorators of the older kind',
      {
        'src/mikro-orm.config.ts': legacy,
        'tsconfig.json': tsconfig({ experimentalDecorators: true }),
      },
      {},
    ],
    [
      'TypeScript with the metadata of decorators',
      {
        'mikro-orm.config.ts': metadata,
        'tsconfig.json': tsconfig({ experimentalDecorators: true, emitDecoratorMetadata: true }),
      },
      {},
    ],
    [
      'TypeScript with ES decorators, a function that is async',
      { 'config/orm.ts': es, 'tsconfig.json': tsconfig({}) },
      { MIKRO_ORM_CLI_CONFIG: './config/orm.ts' },
    ],
    [
      'TypeScript in a package of CommonJS, named in package.json, an array',
      {
        'config/orm.ts': script,
        'package.json': '{ "mikro-orm": { "configPaths": ["./config/orm.ts"] } }',
      },
      {},
    ],
    ['JavaScript', { 'mikro-orm.config.js': script }, {}],
  ])('may be %s', async (_what, files, env) => {
    const project = await projectDirectory(files);

    const { code, stdout } = await filefield(project, ['triggers', '--json'], env);

    expect(code).toBe(0);
    const { statements } = JSON.parse(stdout) as { statements: string[] };
    expect(statements.join()).toContain('on "public"."user"');
  });
});

describe('the process', () => {
  it('leaves whole what it copied when Ctrl-C comes, says how to go on, and ends with 130', async () => {
    const project = await largeProject();
    const child = startFilefield(project, ['cp', './large', 'media:large']);
    const end = ended(child);
    await once(child.stderr!, 'data');
    child.kill('SIGINT');

    const { code, stderr } = await end;

    expect(code).toBe(130);
    expect(stderr).toContain('Stopped. No half file was left; run it again');
    expect(await readdir(join(project, 'media'))).toEqual(['.filefield']);
    expect(await readdir(join(project, 'media/.filefield/tmp'))).toEqual([]);
  });

  it('ends at once when Ctrl-C comes twice', async () => {
    const project = await projectDirectory({
      'mikro-orm.config.js': `process.stderr.write('started'); setInterval(() => {}, 1e6); await new Promise(() => {})`,
    });
    const child = startFilefield(project, ['ls', 'media']);
    const end = ended(child);
    await once(child.stderr!, 'data');
    child.kill('SIGINT');
    child.kill('SIGTERM');

    const { code } = await end;

    expect(code).toBeOneOf([130, 143]);
  });

  it('is a worker until SIGTERM, which is its good end', async () => {
    const { url } = await createDatabase();
    const project = await projectDirectory({
      'mikro-orm.config.js': script.replace(`dbName: 'none', port: 1`, `clientUrl: '${url}'`),
    });
    const child = startFilefield(project, ['worker']);
    const end = ended(child);
    await once(child.stderr!, 'data');
    child.kill('SIGTERM');

    expect(await end).toEqual({
      code: 0,
      stdout: '0 objects deleted, 0 failed\n',
      stderr: expect.stringMatching(/^The worker is running\n/),
    });
  });

  it('gives the terminal its cursor back when Ctrl-C comes twice', async () => {
    const stuck = `
class Stuck extends MemoryStorage {
  async save(_name, source) {
    process.once('SIGINT', () => setImmediate(() => process.kill(process.pid, 'SIGINT')));
    for await (const _ of source) setImmediate(() => process.kill(process.pid, 'SIGINT'));
    await new Promise(() => {});
  }
}`;
    const project = await projectDirectory({
      'mikro-orm.config.js': script
        .replaceAll('FileSystemStorage,', 'FileSystemStorage, MemoryStorage,')
        .replace('const properties', `${stuck}\nconst properties`)
        .replace(/media: .+/, 'media: () => new Stuck(),'),
      small: 'small',
    });

    const line = 'script -qec "$FILEFIELD cp ./small media:small" /dev/null';
    const { code, stdout } = await shell(project, line);

    expect(code).toBe(130);
    expect(stdout).toContain('\u001B[?25l');
    expect(stdout.split('\u001B[?25l').at(-1)).toContain('\u001B[?25h');
  });

  it('does not mind when nobody reads on', async () => {
    // More than a pipe holds.
    const long = 'n'.repeat(200);
    const names = Array.from(
      { length: 800 },
      (_, at) => [`media/${1000 + at}${long}`, ''] as const,
    );
    const project = await projectDirectory({
      'mikro-orm.config.js': script,
      ...Object.fromEntries(names),
    });

    const line = '$FILEFIELD ls -r media | head -1; echo ${PIPESTATUS[0]}';
    const { stdout, stderr } = await shell(project, line);

    expect({ stdout, stderr }).toEqual({ stdout: `1000${long}\n0\n`, stderr: '' });
  });

  it('shows a bar on a terminal, and asks there', async () => {
    const project = await largeProject();
    await truncate(join(project, 'large'), 2 ** 22);

    const copied = await shell(
      project,
      `script -qec "$FILEFIELD cp ./large media:large" /dev/null`,
    );
    const asked = await shell(
      project,
      `echo no | script -qec "$FILEFIELD cp --overwrite ./large media:large" /dev/null`,
    );

    expect(copied.stdout).toMatch(/Copying .*░.* 4\.2 MB\/4\.2 MB/);
    expect(asked.stdout).toContain("Type 'yes' to continue, or 'no' to cancel: ");
    expect(asked.stdout).toContain('Nothing was copied.');
  });
});

async function largeProject(): Promise<string> {
  const project = await projectDirectory({ 'mikro-orm.config.js': script });
  await writeFile(join(project, 'large'), '');
  await truncate(join(project, 'large'), 2 ** 32);
  return project;
}
