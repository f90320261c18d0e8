const day = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const month = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const time = String.raw`\d\d:\d\d:\d\d`;
const fixed = new RegExp(String.raw`^${day}, \d\d ${month} \d{4} ${time} GMT$`);
const rfc850 = new RegExp(
  String.raw`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d\d-${month}-\d\d ${time} GMT$`,
);
const asctime = new RegExp(String.raw`^${day} ${month} [ \d]\d ${time} \d{4}$`);

/**
 * The time of an HTTP date in any of its three forms (RFC 9110 §5.6.7), in whole seconds since the epoch.
 *
 * @returns `undefined` for everything else that `Date.parse` would take: such a date is to be ignored.
 */
export function httpDate(text: string | null): number | undefined {
  if (text === null) return undefined;
  const isWritten = fixed.test(text) || rfc850.test(text);
  if (!isWritten && !asctime.test(text)) return undefined;
  const time = Date.parse(isWritten ? text : `${text} GMT`);
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}
