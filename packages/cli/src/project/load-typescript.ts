import { dirname, resolve } from 'node:path';
import { getTsconfig, parseTsconfig } from 'get-tsconfig';

/** How TypeScript is to be read. */
export interface TypeScriptOptions {
  /** The configuration file. */
  readonly path: string;
  readonly cwd: string;
  /** `tsLoader` of the project. Default: by what the tsconfig asks for. */
  readonly loader?: string | undefined;
  /** `tsConfigPath` of the project. Default: the nearest `tsconfig.json`. */
  readonly tsconfig?: string | undefined;
}

/**
 * Makes this process read TypeScript with everything that entities use: Node itself strips types, and knows neither
 * decorators nor enums. tsx knows both kinds of decorators, oxc the older one with `emitDecoratorMetadata`, where the
 * project has it (`@oxc-node/core`).
 */
export async function loadTypeScript(options: TypeScriptOptions): Promise<void> {
  const { loader, tsconfig, cwd } = options;
  const wantsOxc = loader === 'oxc' || (loader !== 'tsx' && wantsMetadata(options));
  if (wantsOxc && (await registerOxc())) return;
  // Not its hooks for require() too: they would make second copies of packages that are imported here.
  const { register } = await import('tsx/esm/api');
  register(tsconfig === undefined ? {} : { tsconfig: resolve(cwd, tsconfig) });
}

function wantsMetadata({ path, cwd, tsconfig }: TypeScriptOptions): boolean {
  const settings =
    tsconfig === undefined
      ? getTsconfig(dirname(path))?.config
      : parseTsconfig(resolve(cwd, tsconfig));
  return settings?.compilerOptions?.emitDecoratorMetadata === true;
}

async function registerOxc(): Promise<boolean> {
  try {
    // It has no types.
    await import(import.meta.resolve('@oxc-node/core/register'));
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_MODULE_NOT_FOUND') return false;
    throw error;
  }
}
