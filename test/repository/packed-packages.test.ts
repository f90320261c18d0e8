import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import {
  packPackages,
  readManifest,
  runHere,
  unpackInto,
  workspace,
} from '../support/packed-packages.ts';

const run = promisify(execFile);
// Without `skipLibCheck`: the declarations we publish are checked too.
const consumer = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext'],
    types: ['node'],
    strict: true,
    noEmit: true,
  },
  files: ['main.ts'],
};

const project = await installPackedPackages();

describe('the packed packages', () => {
  it.each(project.entries)(
    'give plain Node the entry $specifier',
    async ({ specifier, folder }) => {
      const program = `await import('${specifier}'); console.log(import.meta.resolve('${specifier}'))`;

      const { stdout } = await run('node', ['--input-type=module', '--eval', program], {
        cwd: project.directory,
      });

      expect(stdout).toContain(`${folder}/dist/`);
    },
  );

  it('decode images in a child of their own', async () => {
    const program = `
      import { sharpEngine } from '@filefield/core/sharp';
      import sharp from 'sharp';
      const create = { width: 9, height: 9, channels: 3, background: 'red' };
      const source = ReadableStream.from([await sharp({ create }).png().toBuffer()]);
      const resizes = [{ width: 5, fit: 'inside', type: 'image/webp', enlarge: false }];
      const asked = { resizes, placeholder: true, maxPixels: 100 };
      console.log((await sharpEngine().render(source, asked)).images[0].width);`;

    const { stdout } = await run('node', ['--input-type=module', '--eval', program], {
      cwd: project.directory,
    });

    expect(stdout).toBe('5\n');
  });

  it('say what to install where sharp is not', async () => {
    const without = await mkdtemp(join(inject('testRun').directory, 'without-sharp-'));
    const modules = join(project.directory, 'node_modules');
    await cp(join(modules, '@filefield/core'), join(without, 'core'), { recursive: true });
    await link(join(modules, 'p-limit'), join(without, 'node_modules/p-limit'));
    const program = `import { sharpEngine } from './core/dist/sharp.js'; sharpEngine()`;

    const running = run('node', ['--input-type=module', '--eval', program], { cwd: without });

    await expect(running).rejects.toThrow('StorageOptionsError: Cannot use sharpEngine(): install');
  });

  it('bring the filefield command along', async () => {
    const program = join(project.directory, 'node_modules/@filefield/cli/dist/bin.js');

    const { stdout } = await run('node', [program, 'help', 'check']);

    expect(stdout).toContain('Usage: filefield check');
  });

  it('give TypeScript the types of every entry', async () => {
    const output = await runHere('tsc', ['-p', project.directory]);

    expect(output).toBe('');
  });
});

/** A project that has the tarballs and what they declare to need, and nothing else. */
async function installPackedPackages(): Promise<{
  directory: string;
  entries: { specifier: string; folder: string }[];
}> {
  const directory = await realpath(await mkdtemp(join(inject('testRun').directory, 'packed-')));
  const packages = await packPackages(directory);
  await unpackInto(directory, packages);

  const entries = [];
  for (const { name, source } of packages) {
    const folder = join(directory, 'node_modules', name);
    const manifest = await readManifest(folder);
    const needed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    for (const dependency of needed.filter((needs) => !needs.startsWith('@filefield/'))) {
      await link(
        join(source, 'node_modules', dependency),
        join(directory, 'node_modules', dependency),
      );
    }
    for (const entry of Object.keys(manifest.exports)) {
      entries.push({ specifier: name + entry.slice(1), folder });
    }
  }

  const imports = entries.map(
    ({ specifier }) => `import '${specifier}';\nexport type {} from '${specifier}';\n`,
  );
  await link(
    join(workspace, 'node_modules/@types/node'),
    join(directory, 'node_modules/@types/node'),
  );
  await writeFile(join(directory, 'main.ts'), imports.join(''));
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(consumer));
  return { directory, entries };
}

async function link(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await symlink(await realpath(from), to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
