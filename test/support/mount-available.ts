import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { isInstalled } from './is-installed.ts';

/**
 * The command under which a program may mount what it likes without anybody seeing it, and which ends whatever the
 * program leaves; `undefined` where nobody may, as on other systems than Linux.
 */
export function mountCommand(): readonly string[] | undefined {
  const alone = ['unshare', '--mount', '--pid', '--fork', '--kill-child'];
  const ways = [alone, ['sudo', '-n', ...alone], [...alone, '--map-root-user']];
  return ways.find(([program = '', ...options]) => {
    const trial = spawnSync(program, [...options, 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]);
    return trial.status === 0;
  });
}

/** The test files that mount file systems and are left out here. In CI none are: there, having no way to is a failure. */
export function leftOutMountTests(): readonly string[] {
  const reasons = ['CI', 'FILEFIELD_TEST_INSTALL'];
  if (reasons.some((name) => Boolean(process.env[name]))) return [];
  if (mountCommand() === undefined) return ['**/*.mount.test.ts', '**/*.zfs.test.ts'];
  return isInstalled('zfs-fuse') ? [] : ['**/*.zfs.test.ts'];
}

/** How to run them. */
export const mountAdvice =
  'be root on Linux, or let users have mount namespaces; for .zfs.test.ts install zfs-fuse too, or set FILEFIELD_TEST_INSTALL=1 to let the tests do it (Debian)';
