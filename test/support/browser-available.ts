import { isInstalled } from './is-installed.ts';

/**
 * Whether the `.browser.test.ts` files run: where Chromium is installed or may be. In CI they always do: there, having
 * none is a failure.
 */
export function runsBrowserTests(): boolean {
  const reasons = ['FILEFIELD_TEST_INSTALL', 'CI'];
  return reasons.some((name) => Boolean(process.env[name])) || isInstalled('chromium');
}

/** How to run them. */
export const browserAdvice =
  'install chromium, or set FILEFIELD_TEST_INSTALL=1 to let the tests do it (Debian)';
