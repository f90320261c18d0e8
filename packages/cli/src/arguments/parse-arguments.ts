import { parseArgs } from 'node:util';
import { commonFlags } from '../common-flags.ts';
import { UsageError } from '../errors/cli-error.ts';
import { didYouMean } from '../errors/did-you-mean.ts';
import { flagValue } from './flag-value.ts';
import type { Flag, Flags } from './flag.ts';

/** What was given to a command. */
export interface ParsedArguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
}

/** Which flags that need no value are there, of those that every command has; whatever else is wrong. */
export function commonValues(
  argv: readonly string[],
  flags: Flags,
): Readonly<Record<'json' | 'quiet' | 'verbose' | 'help', boolean>> {
  const { values } = parseArgs({
    args: [...argv],
    options: optionsOf({ ...flags, ...commonFlags }),
    strict: false,
  });
  const { json, quiet, verbose, help } = values;
  return {
    json: json === true,
    quiet: quiet === true,
    verbose: verbose === true,
    help: help === true,
  };
}

/**
 * Takes the arguments of a command apart.
 * @throws {@link UsageError} for a flag that is unknown, given without its value, with one it does not take, or twice.
 */
export function parseArguments(
  argv: readonly string[],
  flags: Flags,
  command: string,
): ParsedArguments {
  const { tokens } = parseArgs({
    args: [...argv],
    options: optionsOf(flags),
    strict: false,
    tokens: true,
  });
  const values: Record<string, unknown> = {};
  const positionals: string[] = [];
  const numbers = new Map<number, string>();
  for (const token of tokens) {
    if (token.kind === 'positional') {
      const flag = numbers.get(token.index);
      if (flag === undefined) positionals.push(withoutNul(token.value));
      else values[flag] = Number(token.value);
    } else if (token.kind === 'option') {
      const { name, rawName, value } = token;
      const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
      if (flag === undefined) throw unknownFlag(rawName, flags, command);
      if (Object.hasOwn(values, name) && flag.type !== 'texts') {
        throw new UsageError(`Cannot take ${rawName} twice`);
      }
      const given = flag.type !== 'boolean' && value?.startsWith('-') && !token.inlineValue;
      const next = argv[token.index + 1];
      if (flag.type === 'count' && value === undefined && /^\d+$/.test(next ?? '')) {
        numbers.set(token.index + 1, name);
      }
      values[name] = taken(rawName, flag, given ? undefined : value, values[name]);
    }
  }
  return { positionals, values };
}

/** The value of a flag, added to the earlier ones where it may be repeated. */
function taken(rawName: string, flag: Flag, value: string | undefined, earlier: unknown): unknown {
  if (flag.type === 'boolean') {
    if (value === undefined) return true;
    throw new UsageError(`Cannot give ${rawName} a value: it is there or not`);
  }
  if (flag.type === 'count' && value === undefined) return true;
  if (value === undefined || value === '') {
    throw new UsageError(
      `Cannot use ${rawName} without a value`,
      `Write ${rawName} ${flag.value ?? 'VALUE'}`,
    );
  }
  const one = flagValue(rawName, flag, value);
  return flag.type === 'texts' ? [...((earlier as unknown[] | undefined) ?? []), one] : one;
}

function optionsOf(flags: Flags): Record<string, { type: 'boolean' | 'string'; short?: string }> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, { type, short }]) => {
      const isAlone = type === 'boolean' || type === 'count';
      return [name, { type: isAlone ? 'boolean' : 'string', ...(short && { short }) }];
    }),
  );
}

function unknownFlag(rawName: string, flags: Flags, command: string): UsageError {
  const known = Object.entries(flags).flatMap(([name, { hidden }]) =>
    hidden ? [] : [`--${name}`],
  );
  const where = `See filefield ${command} --help`.replace('  ', ' ');
  return new UsageError(
    `Cannot use ${JSON.stringify(rawName)}: there is no such flag`,
    didYouMean(rawName, known, where),
  );
}

function withoutNul(value: string): string {
  if (!value.includes('\0')) return value;
  throw new UsageError(`Cannot use ${JSON.stringify(value)}: it holds a NUL`);
}
