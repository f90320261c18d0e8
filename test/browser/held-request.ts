import type { Page, Request, Route } from 'playwright-core';

/** A request of a page that waits. */
export interface HeldRequest {
  /** The page has made it. */
  readonly begun: Promise<Request>;
  /** Lets it go its way, as all that come after it. */
  readonly release: () => void;
  /** The page gave it up: from now on nothing is held. */
  readonly drop: () => void;
}

/** Holds the first request to such a URL that is such, on its way to the server. */
export async function heldRequest(
  page: Page,
  url: RegExp,
  isSuch: (request: Request) => boolean,
): Promise<HeldRequest> {
  const begun = Promise.withResolvers<Request>();
  const gate = Promise.withResolvers<'go' | 'drop'>();
  let isFirst = true;
  const hold = async (route: Route, request: Request): Promise<void> => {
    if (!isSuch(request) || !isFirst) return route.fallback();
    isFirst = false;
    begun.resolve(request);
    return (await gate.promise) === 'go' ? route.continue() : route.abort();
  };
  await page.route(url, hold);
  return {
    begun: begun.promise,
    release: () => gate.resolve('go'),
    drop: () => gate.resolve('drop'),
  };
}
