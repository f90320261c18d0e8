import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { mountAdvice, mountCommand } from './mount-available.ts';

/** Shell commands that mount file systems, for {@link runMounted}. */
export const mounts = {
  /** A file system in memory over a directory. */
  memory: (directory: string, size: string): string =>
    `mkdir -p "${directory}"; mount -t tmpfs -o size=${size} tmpfs "${directory}"`,

  /**
   * Below a directory, at `pool`, ZFS that ignores the case of names and takes each Unicode spelling of one for the
   * same; at `pool/spelling` one that does only the second.
   */
  foldingZfs: (directory: string): string => `
    for hidden in /run /var/lib "${directory}"; do mount -t tmpfs tmpfs "$hidden"; done
    mkdir -p /run/lock "${directory}/pool"
    truncate -s 256M "${directory}/disk"
    PATH="$PATH:/usr/sbin:/sbin"
    # It crashes now and then when it is asked two things at once.
    export UV_THREADPOOL_SIZE=1
    zfs-fuse --no-daemon --no-kstat-mount --max-arc-size 16 > "${directory}/log" 2>&1 &
    for attempt in $(seq 200); do [ -S /var/run/zfs/zfs_socket ] && break; sleep 0.05; done
    zpool create -m "${directory}/pool" -O casesensitivity=insensitive -O normalization=formD \\
      filefield "${directory}/disk" >&2
    zfs create -o casesensitivity=sensitive -o normalization=formD filefield/spelling >&2`,
};

/**
 * Runs a script of Node's where the commands have mounted what it needs, and answers what it prints as JSON. The mounts
 * are the script's alone and go with it.
 */
export async function runMounted(
  commands: readonly string[],
  [script, ...args]: readonly [script: string, ...args: string[]],
): Promise<unknown> {
  const [program, ...options] = mountCommand() ?? [];
  if (program === undefined) throw new Error(`Cannot mount a file system: ${mountAdvice}`);
  const shell = ['set -e', ...commands, 'exec "$@"'].join('\n');
  const { stdout } = await promisify(execFile)(program, [
    ...options,
    ...['sh', '-c', shell, 'sh'],
    ...[process.execPath, script, ...args],
  ]);
  return JSON.parse(stdout);
}
