import type { Storages } from '@filefield/core';
import { secureHeaders } from 'hono/secure-headers';

/** Lets pages load and upload files where the storages are, and nothing from anywhere else. */
export function contentPolicy(storages: Storages): ReturnType<typeof secureHeaders> {
  const places = ["'self'", ...originsOf(storages)];
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      // Placeholders are part of the page.
      imgSrc: [...places, 'data:'],
      connectSrc: places,
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      objectSrc: ["'none'"],
    },
  });
}

/** Of the buckets; files of this disk are served by the application itself. */
function originsOf(storages: Storages): string[] {
  const urls = storages.aliases.map((alias) => storages.get(alias).url('any'));
  return urls.filter((url) => !url.startsWith('/')).map((url) => new URL(url).origin);
}
