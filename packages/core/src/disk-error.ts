import { getSystemErrorMessage } from 'node:util';

/** An error of the operating system without the path of the server's disk that Node puts into its message. */
export function withoutPath(error: unknown): unknown {
  if (!isSystemError(error) || (error.path === undefined && error.dest === undefined)) return error;
  const { code, errno, syscall } = error;
  return Object.assign(new Error(`${reasonOf(error)}, ${syscall ?? 'system call'}`), {
    code,
    errno,
    syscall,
  });
}

/** What went wrong, in words that are fit for a message: no path, no credential. */
export function reasonOf(error: unknown): string {
  if (isSystemError(error) && error.errno !== undefined && error.errno < 0) {
    return `${getSystemErrorMessage(error.errno)} (${error.code})`;
  }
  if (error instanceof Error) {
    return `the storage failed (${'code' in error ? String(error.code) : error.name})`;
  }
  return 'the storage failed';
}

/** Whether an error of the operating system has one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

interface SystemError extends NodeJS.ErrnoException {
  readonly dest?: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number';
}
