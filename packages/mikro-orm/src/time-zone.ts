import { StorageOptionsError } from '@filefield/core';

/**
 * The name of a time zone as it was given.
 * @throws {@link StorageOptionsError} when nobody knows the zone.
 */
export function checkedTimeZone(timeZone: string): string {
  try {
    Intl.DateTimeFormat('en', { timeZone });
    return timeZone;
  } catch (error) {
    const shown = JSON.stringify(timeZone);
    throw new StorageOptionsError(
      `Cannot use ${shown} as timeZone: write the name of a zone such as "Europe/Berlin"`,
      { cause: error },
    );
  }
}
