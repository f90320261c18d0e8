import type { Options } from '@mikro-orm/postgresql';
import { CliError } from '../errors/cli-error.ts';

/**
 * The configuration of a context, by MikroORM's rules: an object, a function that is given the name, or an array of
 * both, in which objects come first.
 *
 * @throws {@link CliError} when there is none of that name.
 */
export async function chosenConfiguration(exported: unknown, context: string): Promise<Options> {
  const all = Array.isArray(exported) ? (exported as unknown[]) : [exported];
  const named = all.filter((one) => isConfiguration(one) && contextOf(one) === context);
  if (named.length > 1) {
    throw new CliError(`Cannot choose a configuration: ${JSON.stringify(context)} is there twice`);
  }
  if (isConfiguration(named[0])) return named[0];
  for (const make of all.filter((one) => typeof one === 'function')) {
    const made: unknown = await (make as (name: string) => unknown)(context);
    if (isConfiguration(made) && (made.contextName ?? context) === context) return made;
  }
  throw new CliError(
    `Cannot use the configuration: its default export has none named ${JSON.stringify(context)}`,
    {
      fix: 'Export the options of MikroORM as default; of several, choose one with --context NAME',
    },
  );
}

function isConfiguration(value: unknown): value is Options {
  return typeof value === 'object' && value !== null;
}

function contextOf({ contextName = 'default' }: Options): string {
  return contextName;
}
