import { assertSiteUrl } from '@filefield/core/binding';

/**
 * What the URLs of static files begin with; ends with a slash.
 *
 * @throws {@link StorageOptionsError} when it is no http URL and no path.
 */
export function checkedBaseUrl(baseUrl: string): string {
  assertSiteUrl('baseUrl', baseUrl);
  return baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`;
}
