import { execFile } from 'node:child_process';
import { glob, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The root of the workspace. */
export const workspace: string = join(import.meta.dirname, '../..');

/** A package as `pnpm publish` would upload it. */
export interface PackedPackage {
  readonly name: string;
  /** Its folder in the workspace. */
  readonly source: string;
  readonly tarball: string;
}

/** Builds every package from nothing and packs it into `directory`. */
export async function packPackages(directory: string): Promise<PackedPackage[]> {
  const sources = await packageFolders();
  for (const source of sources) await rm(join(source, 'dist'), { recursive: true, force: true });
  await runHere('tsc', ['-b', ...sources]);
  return Promise.all(
    sources.map(async (source) => {
      const { name } = await readManifest(source);
      const tarball = join(directory, `${name.replace('@', '').replace('/', '-')}.tgz`);
      await runPnpm(['pack', '--out', tarball], source);
      return { name, source, tarball };
    }),
  );
}

/** Unpacks packages into `<project>/node_modules`, as an installation would. */
export async function unpackInto(project: string, packages: PackedPackage[]): Promise<void> {
  for (const { name, tarball } of packages) {
    const target = join(project, 'node_modules', name);
    await mkdir(target, { recursive: true });
    await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
  }
}

/** The parts of a package.json that tests look at. */
export interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Reads the package.json in a folder. */
export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The folders of the packages that are published, in alphabetical order. */
export async function packageFolders(): Promise<string[]> {
  const manifests = await Array.fromAsync(glob('packages/*/package.json', { cwd: workspace }));
  return manifests.toSorted().map((manifest) => join(workspace, dirname(manifest)));
}

/** Runs a tool of the workspace; its output is the message of the error when it fails. */
export async function runHere(tool: string, options: string[], cwd = workspace): Promise<string> {
  try {
    const { stdout } = await run(join(workspace, 'node_modules/.bin', tool), options, { cwd });
    return stdout;
  } catch (cause) {
    const output = cause as { stdout?: string; stderr?: string };
    throw new Error(`${tool} failed:\n${output.stdout ?? ''}${output.stderr ?? ''}`, { cause });
  }
}

async function runPnpm(options: string[], cwd: string): Promise<void> {
  const pnpm = process.env['npm_execpath'];
  // Started by `pnpm test` that pnpm (a binary) is used; started by hand, the one npx finds.
  const started = pnpm !== undefined && /(?:^|[\\/])pnpm(?:\.exe)?$/.test(pnpm);
  if (started) await run(pnpm, options, { cwd });
  else await run('npx', ['--yes', 'pnpm@12', ...options], { cwd });
}
