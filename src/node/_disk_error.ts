// Turns what a file system call said into an OperatingError: a stable code, and a sentence that names the operation
// and the path. Called by node_disk.ts and _disk_lock.ts only.
import type { OperatingErrorCode } from '../base/errors.ts';
import { errorText, OperatingError } from '../base/errors.ts';

const CODE_BY_ERRNO: Readonly<Record<string, OperatingErrorCode>> = {
  ENOENT: 'DISK_NOT_FOUND',
  ENOTDIR: 'DISK_NOT_FOUND',
  EEXIST: 'DISK_EXISTS',
  EACCES: 'DISK_PERMISSION',
  EPERM: 'DISK_PERMISSION',
  ENOSPC: 'DISK_NO_SPACE',
  EDQUOT: 'DISK_NO_SPACE',
  EROFS: 'DISK_READ_ONLY',
  EIO: 'DISK_IO',
  EMFILE: 'DISK_TOO_MANY_FILES',
  ENFILE: 'DISK_TOO_MANY_FILES',
};

/** The errno name of a Node.js system error, or an empty string. */
export function errnoOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return '';
}

export function diskError(error: unknown, operation: string, path: string): OperatingError {
  const errno = errnoOf(error);
  const code = CODE_BY_ERRNO[errno] ?? 'DISK_OTHER';
  const reason = errno === '' ? errorText(error) : `${reasonText(error)} (${errno})`;
  return new OperatingError(code, `Cannot ${operation} '${path}': ${reason}`, {
    context: { path, operation },
    cause: error,
  });
}

/** Node writes `ENOENT: no such file or directory, open '/x'`; only the middle is news here. */
function reasonText(error: unknown): string {
  const match = /^[A-Z0-9]+: ([^,]+)/.exec(errorText(error));
  return match?.[1] ?? errorText(error);
}
