import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';

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

/**
 * The test files that mount file systems and are left out here: all where nobody may mount, and those on ZFS unless
 * `FILEFIELD_TEST_ZFS=1` asks for them, because zfs-fuse crashes now and then.
 */
export function leftOutMountTests(): readonly string[] {
  const zfs = process.env['FILEFIELD_TEST_ZFS'] === '1' ? [] : ['**/*.zfs.test.ts'];
  return mountCommand() === undefined ? ['**/*.mount.test.ts', '**/*.zfs.test.ts'] : zfs;
}

/** How to run them. */
export const mountAdvice =
  'be root on Linux, or let users have mount namespaces; for .zfs.test.ts set FILEFIELD_TEST_ZFS=1 too, and FILEFIELD_TEST_INSTALL=1 to let the tests install zfs-fuse (Debian)';
