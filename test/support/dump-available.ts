import { existsSync } from 'node:fs';

/** The PostgreSQL of Debian 12. */
export const version = '15';

/** Where its package puts the programs. */
export const programs: string = `/usr/lib/postgresql/${version}/bin`;

/**
 * Whether the `.dump.test.ts` files run: where the packages are, or may be installed. In CI they always do: there,
 * having none is a failure.
 */
export function runsDumpTests(): boolean {
  const reasons = ['FILEFIELD_TEST_INSTALL', 'CI'];
  return reasons.some((name) => Boolean(process.env[name])) || existsSync(programs);
}

/** How to run them. */
export const dumpAdvice: string = `install postgresql-${version}, or set FILEFIELD_TEST_INSTALL=1 to let the tests do it (Debian 12)`;
