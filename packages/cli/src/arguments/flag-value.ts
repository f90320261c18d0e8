import { UsageError } from '../errors/cli-error.ts';
import { didYouMean } from '../errors/did-you-mean.ts';
import type { Flag } from './flag.ts';

/** The value of a flag as its command takes it. @throws {@link UsageError} when it is none of its type. */
export function flagValue(shown: string, flag: Flag, text: string): string | number {
  return readers[flag.type](shown, text, flag);
}

type Reader = (shown: string, text: string, flag: Flag) => string | number;

const readers: Readonly<Record<Flag['type'], Reader>> = {
  boolean: checkedText,
  text: checkedText,
  texts: checkedText,
  integer: wholeNumber,
  count: wholeNumber,
  bytes,
  duration,
};

const units = { '': 1, k: 1e3, m: 1e6, g: 1e9, ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30 } as const;

function bytes(shown: string, text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([kmg]i?)?b?$/i.exec(text) ?? [];
  const size = Number(amount) * units[unit.toLowerCase() as keyof typeof units];
  if (Number.isSafeInteger(Math.round(size)) && size >= 1) return Math.round(size);
  throw unusable(shown, text, 'write a number of bytes such as 500kB or 10MB');
}

function duration(shown: string, text: string): string {
  if (/^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/.test(text)) return text;
  throw unusable(shown, text, 'write a duration such as 24h or 30m');
}

function wholeNumber(shown: string, text: string, { least = 0 }: Flag): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
  throw unusable(
    shown,
    text,
    least === 0 ? 'write a whole number' : `write a whole number from ${least}`,
  );
}

function checkedText(shown: string, text: string, { choices }: Flag): string {
  if (text.includes('\0')) throw unusable(shown, text, 'it holds a NUL');
  if (choices === undefined || choices.includes(text)) return text;
  const fix = didYouMean(text, choices, `Write one of: ${choices.join(', ')}`);
  throw new UsageError(`Cannot use ${JSON.stringify(text)} as ${shown}`, fix);
}

function unusable(shown: string, text: string, wanted: string): UsageError {
  return new UsageError(`Cannot use ${JSON.stringify(text)} as ${shown}: ${wanted}`);
}
