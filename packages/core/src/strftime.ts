import { InvalidNameError } from './errors.ts';
import { shownName } from './hidden-form.ts';

/** Options of {@link strftime}. */
export interface StrftimeOptions {
  /** Whose calendar and clock the directives tell, such as `Europe/Berlin`. Default `UTC`. */
  readonly timeZone?: string | undefined;
}

/**
 * Replaces Python's date directives in a path: `%Y/%m/%d` becomes `2026/02/28`. Names of days and months
 * are English whatever the locale.
 *
 * `%Y` year · `%y` its last two digits · `%m` month · `%B` `%b` its name, whole and short · `%d` day ·
 * `%j` day of the year · `%A` `%a` weekday, whole and short · `%w` `%u` weekday from Sunday 0, from Monday 1 ·
 * `%H` hour · `%I` hour of 12 · `%p` AM or PM · `%M` minute · `%S` second · `%f` microsecond ·
 * `%U` `%W` week that starts on Sunday, on Monday · `%G` `%V` ISO 8601 year and week · `%%` a percent sign.
 *
 * @throws {@link InvalidNameError} when a directive is unknown or the date is invalid.
 * @throws RangeError when nobody knows the time zone.
 */
export function strftime(
  format: string,
  date: Date,
  { timeZone = 'UTC' }: StrftimeOptions = {},
): string {
  const problem = Number.isNaN(date.getTime()) ? 'its date is invalid' : formatProblem(format);
  if (problem !== undefined) throw new InvalidNameError(shownName(format), problem);
  const shown = timeZone === 'UTC' ? date : wallClock(date, timeZone);
  return format.replaceAll(directive, (text: string, letter: string) => {
    return directives.get(letter)?.(shown) ?? text;
  });
}

/** The directive of a format that {@link strftime} does not know, as the end of a message, or `undefined`. */
export function formatProblem(format: string): string | undefined {
  for (const [text, letter = ''] of format.matchAll(directive)) {
    if (!directives.has(letter)) {
      return `"${text}" is no date directive, write "%%" for a percent sign`;
    }
  }
  return undefined;
}

const directive = /%(.?)/gsu;

/** A date whose UTC fields are what a clock in the time zone shows. */
function wallClock(date: Date, timeZone: string): Date {
  // Sweden writes dates as ISO 8601 does: 2026-02-28 14:05:09.
  const shown = new Date(`${date.toLocaleString('sv', { timeZone }).replace(' ', 'T')}Z`);
  shown.setUTCMilliseconds(date.getUTCMilliseconds());
  return shown;
}

/** Each reads the UTC fields of its date. */
const directives: ReadonlyMap<string, (date: Date) => string> = new Map(
  Object.entries<(date: Date) => string>({
    '%': () => '%',
    Y: (date) => digits(date.getUTCFullYear(), 4),
    y: (date) => digits(date.getUTCFullYear() % 100, 2),
    m: (date) => digits(date.getUTCMonth() + 1, 2),
    B: (date) => monthName(date),
    b: (date) => monthName(date).slice(0, 3),
    d: (date) => digits(date.getUTCDate(), 2),
    j: (date) => digits(dayOfYear(date) + 1, 3),
    A: (date) => dayName(date),
    a: (date) => dayName(date).slice(0, 3),
    w: (date) => String(date.getUTCDay()),
    u: (date) => String(date.getUTCDay() || 7),
    H: (date) => digits(date.getUTCHours(), 2),
    I: (date) => digits(date.getUTCHours() % 12 || 12, 2),
    p: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
    M: (date) => digits(date.getUTCMinutes(), 2),
    S: (date) => digits(date.getUTCSeconds(), 2),
    f: (date) => digits(date.getUTCMilliseconds() * 1000, 6),
    U: (date) => digits(weekOfYear(date, date.getUTCDay()), 2),
    W: (date) => digits(weekOfYear(date, mondayFirst(date)), 2),
    G: (date) => digits(thursday(date).getUTCFullYear(), 4),
    V: (date) => digits(Math.floor(dayOfYear(thursday(date)) / 7) + 1, 2),
  }),
);

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0');
}

function monthName(date: Date): string {
  return date.toLocaleString('en', { month: 'long', timeZone: 'UTC' });
}

function dayName(date: Date): string {
  return date.toLocaleString('en', { weekday: 'long', timeZone: 'UTC' });
}

function mondayFirst(date: Date): number {
  return (date.getUTCDay() + 6) % 7;
}

/** From 0, on 1 January. */
function dayOfYear(date: Date): number {
  const start = new Date(date);
  start.setUTCMonth(0, 1);
  return Math.round((date.getTime() - start.getTime()) / 86_400_000);
}

/** Weeks that began in this year up to the date; `weekday` counts from the day that weeks start with. */
function weekOfYear(date: Date, weekday: number): number {
  return Math.floor((dayOfYear(date) + 7 - weekday) / 7);
}

/** The Thursday of the date's ISO week, which decides the year that the week belongs to. */
function thursday(date: Date): Date {
  const result = new Date(date);
  result.setUTCDate(date.getUTCDate() + 3 - mondayFirst(date));
  return result;
}
