import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { getTsconfig, parseTsconfig } from 'get-tsconfig';
import { CliError } from '../errors/cli-error.ts';

/** How TypeScript is to be read. */
export interface TypeScriptOptions {
  /** The configuration file. */
  readonly path: string;
  readonly cwd: string;
  /** `tsLoader` of the project: `oxc`, `swc`, `tsx`. Default: by what the tsconfig asks for. */
  readonly loader?: string | undefined;
  /** `tsConfigPath` of the project. Default: the nearest `tsconfig.json`. */
  readonly tsconfig?: string | undefined;
}

/** The loaders that a project may bring along, and what of them is imported. */
const ofProject: Readonly<Record<string, string>> = {
  oxc: '@oxc-node/core/register',
  swc: '@swc-node/register/esm-register',
  tsx: 'tsx/esm/api',
};

/**
 * Makes this process read TypeScript with everything that entities use: Node itself strips types, but knows neither
 * decorators nor enums. tsx does, both kinds of decorators; what `emitDecoratorMetadata` promises only compilers that the
 * project has to bring along do.
 *
 * @throws {@link CliError} when the loader that is needed is not installed.
 */
export async function loadTypeScript(options: TypeScriptOptions): Promise<void> {
  const loader = options.loader ?? chosenLoader(options);
  if (loader === 'tsx') await registerTsx(options);
  else await registerOther(loader, options);
}

function chosenLoader({ path, cwd, tsconfig }: TypeScriptOptions): string {
  const settings =
    tsconfig === undefined
      ? getTsconfig(dirname(path))?.config
      : parseTsconfig(resolve(cwd, tsconfig));
  if (settings?.compilerOptions?.emitDecoratorMetadata !== true) return 'tsx';
  const installed = ['oxc', 'swc'].find((name) => found(ofProject[name] ?? '', cwd) !== undefined);
  // Entities that spell out their types, as decorators of the library need, do without the metadata.
  return installed ?? 'tsx';
}

async function registerTsx({ cwd, tsconfig }: TypeScriptOptions): Promise<void> {
  const { register } = await import('tsx/esm/api');
  const { register: registerCommonJs } = await import('tsx/cjs/api');
  registerCommonJs();
  register(tsconfig === undefined ? {} : { tsconfig: resolve(cwd, tsconfig) });
}

async function registerOther(loader: string, { cwd, tsconfig }: TypeScriptOptions): Promise<void> {
  const module = ofProject[loader];
  const path = module === undefined ? undefined : found(module, cwd);
  if (path === undefined) {
    const known = Object.keys(ofProject).join(', ');
    throw new CliError(
      `Cannot load TypeScript with ${JSON.stringify(loader)}: it is not installed`,
      {
        fix: `Install it, or set tsLoader in package.json ("mikro-orm") to one of: ${known}`,
      },
    );
  }
  if (tsconfig !== undefined) process.env['SWC_NODE_PROJECT'] ??= resolve(cwd, tsconfig);
  await import(pathToFileURL(path).href);
}

/** The file of a module as the project would import it. */
function found(module: string, cwd: string): string | undefined {
  try {
    return createRequire(join(cwd, 'package.json')).resolve(module);
  } catch {
    return undefined;
  }
}
