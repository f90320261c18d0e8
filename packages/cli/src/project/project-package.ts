import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError } from '../errors/cli-error.ts';

/** What a project's package.json says that matters here. */
export interface ProjectPackage {
  readonly type?: string | undefined;
  readonly 'mikro-orm'?: MikroOrmSection | undefined;
}

/** The section `mikro-orm` of a package.json, as MikroORM's own command reads it. */
export interface MikroOrmSection {
  readonly configPaths?: readonly string[] | undefined;
  readonly preferTs?: boolean | undefined;
  readonly tsLoader?: string | undefined;
  readonly tsConfigPath?: string | undefined;
}

/**
 * The package.json of a directory, or of the nearest one above that has one.
 * @throws {@link CliError} when it is no JSON.
 */
export async function projectPackage(directory: string): Promise<ProjectPackage> {
  const text = await readFile(join(directory, 'package.json'), 'utf8').catch(() => undefined);
  if (text !== undefined) return parsed(text);
  const above = dirname(directory);
  return above === directory ? {} : projectPackage(above);
}

function parsed(text: string): ProjectPackage {
  try {
    return JSON.parse(text) as ProjectPackage;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`Cannot read the package.json of the project: ${reason}`, { cause });
  }
}
