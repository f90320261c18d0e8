import { parseArgs } from 'node:util';

/**
 * The sizes of a benchmark: small ones by default, those of the README with `--full`, single ones with `--rows=5000`.
 *
 * @throws TypeError when an option is unknown or no positive whole number.
 */
export function sizes<Name extends string>(
  small: Readonly<Record<Name, number>>,
  full: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const names = Object.keys(small) as Name[];
  const { values } = parseArgs({
    options: {
      full: { type: 'boolean' },
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' } as const])),
    },
  });
  const given: Record<string, unknown> = values;
  const chosen: Record<Name, number> = given['full'] === true ? { ...full } : { ...small };
  for (const name of names) {
    const value = given[name];
    if (value !== undefined) chosen[name] = positive(name, Number(value));
  }
  return chosen;
}

function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`Cannot use --${name}: a positive whole number is wanted`);
}
