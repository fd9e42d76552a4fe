// The small files a daemon leaves for the tools around it while it runs: its pid, its ports.
import { rmSync, writeFileSync } from 'node:fs';
import { OperatingError } from '../base/errors.ts';
import { fileReason } from './_file_reason.ts';

/** For the server's own user alone. Compat: server.go, logPid. */
export const PID_FILE_MODE = 0o600;
/** For whoever the umask lets. Compat: server.go, logPorts. */
export const PORTS_FILE_MODE = 0o666;

/** Writes the whole file, which gets the mode where it is new; throws why it cannot, as the reference words it. */
export function writeRunFile(path: string, text: string, mode: number): void {
  try {
    writeFileSync(path, text, { mode });
  } catch (error) {
    throw new OperatingError('DISK_OTHER', `open ${path}: ${fileReason(error)}`, { cause: error });
  }
}

export function removeRunFile(path: string): void {
  rmSync(path, { force: true });
}
