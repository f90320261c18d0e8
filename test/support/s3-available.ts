import { isInstalled } from './is-installed.ts';

/**
 * Whether the `.s3.test.ts` files run: against the server that `S3_TEST_ENDPOINT` names, else against one that is
 * installed or may be. In CI they always do: there, having no server is a failure.
 */
export function runsS3Tests(): boolean {
  const reasons = ['S3_TEST_ENDPOINT', 'FILEFIELD_TEST_INSTALL', 'CI'];
  return reasons.some((name) => Boolean(process.env[name])) || isInstalled('radosgw');
}

/** How to run them. */
export const s3Advice =
  'install radosgw, ceph-mon and ceph-osd, or set FILEFIELD_TEST_INSTALL=1 to let the tests do it (Debian, Ubuntu), or S3_TEST_ENDPOINT';
