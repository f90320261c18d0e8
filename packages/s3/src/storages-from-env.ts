import { StorageOptionsError } from '@filefield/core';
import {
  isOptionVariable,
  optionsOfVariables,
  variableName,
  type Variable,
} from './option-variables.ts';
import type { S3StorageOptions } from './s3-options.ts';
import { s3Storages, type S3StorageFactories } from './s3-storages.ts';

/** Options of {@link storagesFromEnv}. */
export interface EnvironmentOptions<Alias extends string> {
  /** The storages that the program uses. */
  readonly aliases: readonly Alias[];
  /** Options that the program sets for all of them; variables win. Default: none. */
  readonly shared?: Partial<S3StorageOptions> | undefined;
  /** Options that the program sets for one, by alias: they win over those for all, and variables for that alias over them. Default: none. */
  readonly storages?:
    | { readonly [Name in NoInfer<Alias>]?: Partial<S3StorageOptions> | undefined }
    | undefined;
  /** What the names of all variables begin with. Default `FILEFIELD_S3`. */
  readonly variables?: string | undefined;
  /** Default `process.env`. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
}

/**
 * Storages whose options are environment variables: `FILEFIELD_S3_REGION` is for all of them,
 * `FILEFIELD_S3_PRIVATE__BUCKET` for the alias `private`. Options are in upper case with underscores, lists separated by
 * commas, objects in JSON. Keys come from `…_ACCESS_KEY_ID` and `…_SECRET_ACCESS_KEY`, else from the SDK's chain.
 *
 * @throws {@link StorageOptionsError} naming the variable that is missing, unknown, or cannot be read.
 */
export function storagesFromEnv<const Alias extends string>({
  aliases,
  shared = {},
  storages: own = {},
  variables: prefix = 'FILEFIELD_S3',
  environment = process.env,
}: EnvironmentOptions<Alias>): S3StorageFactories<Alias> {
  const found = variablesOf(environment, `${prefix}_`);
  const common = { ...shared, ...optionsOfVariables(found.get('') ?? []) };
  const storages = Object.fromEntries(
    aliases.map((alias) => {
      const variables = optionsOfVariables(found.get(variableName(alias)) ?? []);
      return [alias, { ...own[alias], ...variables }];
    }),
  ) as Record<Alias, Partial<S3StorageOptions>>;
  for (const alias of aliases) {
    if ((storages[alias].bucket ?? common.bucket) !== undefined) continue;
    throw new StorageOptionsError(
      `Cannot use storage ${JSON.stringify(alias)}: it has no bucket, ` +
        `set ${prefix}_${variableName(alias)}__BUCKET or ${prefix}_BUCKET`,
    );
  }
  return s3Storages({ shared: common, storages });
}

/** The variables by alias, in upper case; those for all have none. An empty one counts as not set. */
function variablesOf(
  environment: NodeJS.ProcessEnv,
  prefix: string,
): ReadonlyMap<string, readonly Variable[]> {
  const all = Object.entries(environment).flatMap(([variable, text]) => {
    if (text === undefined || text === '' || !variable.startsWith(prefix)) return [];
    const [first = '', ...rest] = variable.slice(prefix.length).split('__');
    const isOfAlias = rest.length > 0 && isOptionVariable(rest.join('__'));
    const [alias, name] = isOfAlias ? [first, rest.join('__')] : ['', [first, ...rest].join('__')];
    return [{ alias, name, variable, text }];
  });
  return Map.groupBy(all, ({ alias }) => alias);
}
