/** Says what is wanted where a value is not: `undefined` when it is right. */
export type OptionCheck = (value: unknown) => string | undefined;

/** A text of at least one character. */
export const text: OptionCheck = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'a text is wanted';

/** `true` or `false`. */
export const flag: OptionCheck = (value) =>
  typeof value === 'boolean' ? undefined : 'true or false is wanted';

/** A function. */
export const callback: OptionCheck = (value) =>
  typeof value === 'function' ? undefined : 'a function is wanted';

/** A whole number within bounds. */
export function whole(least: number, most: number, unit: string): OptionCheck {
  return (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
      ? undefined
      : `a whole number${unit === '' ? '' : ` of ${unit}`} from ${grouped(least)} to ${grouped(most)} is wanted`;
}

/** One of some words. */
export function oneOf(words: readonly string[]): OptionCheck {
  return (value) =>
    typeof value === 'string' && words.includes(value)
      ? undefined
      : `one of ${words.map((word) => `"${word}"`).join(', ')} is wanted`;
}

/** A text of a certain form. */
export function matching(form: RegExp, wanted: string): OptionCheck {
  return (value) => (typeof value === 'string' && form.test(value) ? undefined : wanted);
}

/** A list of texts. */
export const texts: OptionCheck = (value) =>
  Array.isArray(value) && value.every((item) => text(item) === undefined)
    ? undefined
    : 'a list of texts is wanted';

/** Right where one of several checks is content; else says what the last one wants. */
export function either(...checks: readonly OptionCheck[]): OptionCheck {
  return (value) => {
    const problems = checks.map((check) => check(value));
    return problems.includes(undefined) ? undefined : problems.at(-1);
  };
}

/** An object with these keys and no others; those of `required` are there. */
export function shape(
  keys: Readonly<Record<string, OptionCheck>>,
  required: readonly string[] = [],
): OptionCheck {
  return (value) => {
    if (!isPlainObject(value)) return 'an object is wanted';
    for (const key of required) {
      if (value[key] === undefined) return `"${key}" is missing`;
    }
    for (const [key, part] of Object.entries(value)) {
      const problem = part === undefined ? undefined : partProblem(keys, key, part);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** Whether a value is an object that was written down, not an instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function partProblem(
  keys: Readonly<Record<string, OptionCheck>>,
  key: string,
  part: unknown,
): string | undefined {
  const check = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (check === undefined) {
    return `it has no "${key}", only ${Object.keys(keys)
      .map((known) => `"${known}"`)
      .join(', ')}`;
  }
  const problem = check(part);
  return problem === undefined ? undefined : `as its "${key}" ${problem}`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
