import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { CliError, UsageError } from '../errors/cli-error.ts';
import type { ConfigurationRequest } from '../host.ts';
import type { MikroOrmSection } from './project-package.ts';

/**
 * The configuration file: `--config`, else the first that is there of those that MikroORM's own command looks for
 * (`MIKRO_ORM_CLI_CONFIG`, `configPaths` of the package.json, then the usual names, TypeScript first).
 *
 * @throws {@link UsageError} when `--config` names nothing. @throws {@link CliError} when there is none.
 */
export function findConfiguration(
  { cwd, env, path }: ConfigurationRequest,
  section: MikroOrmSection,
): string {
  if (path !== undefined) {
    if (existsSync(resolve(cwd, path))) return resolve(cwd, path);
    throw new UsageError(`Cannot read the configuration ${JSON.stringify(path)}: no such file`);
  }
  const candidates = configurationPaths(cwd, env, section);
  const found = candidates.find((one) => existsSync(resolve(cwd, one)));
  if (found !== undefined) return resolve(cwd, found);
  throw new CliError(
    `Cannot find the configuration of MikroORM: none of ${candidates.join(', ')} is there`,
    { fix: 'Run it in the directory of the project, or pass --config PATH', exitCode: 2 },
  );
}

function configurationPaths(
  cwd: string,
  env: ConfigurationRequest['env'],
  { configPaths = [] }: MikroOrmSection,
): string[] {
  const fromEnv = env['MIKRO_ORM_CLI_CONFIG'];
  const built = ['dist', 'build'].find((name) => existsSync(join(cwd, name))) ?? 'src';
  const usual = [
    'src/mikro-orm.config.ts',
    'mikro-orm.config.ts',
    `${built}/mikro-orm.config.js`,
    'mikro-orm.config.js',
  ];
  const all = [...(fromEnv ? [fromEnv] : []), ...configPaths, ...usual];
  return [...new Set(all.map((one) => relative(cwd, resolve(cwd, one))))];
}
