// The door to files. Bodies: node/node_disk.ts, sim/sim_disk.ts; both pass disk_contract.ts.
// Hot calls (write, read, sync on an open file) take callbacks, the rest returns promises. Nothing is durable before
// a sync: file content after DiskFile.sync, names (create, rename, remove) after Disk.syncDirectory.
// Errors are OperatingError with code DISK_NOT_FOUND, DISK_EXISTS, DISK_PERMISSION, DISK_NO_SPACE, DISK_READ_ONLY,
// DISK_IO, DISK_TOO_MANY_FILES or DISK_OTHER; context has `path` and `operation`.
import type { OperatingError } from '../base/errors.ts';

export type DiskDone = (error: OperatingError | null) => void;
export type DiskReadDone = (error: OperatingError | null, bytesRead: number) => void;

export interface DiskFile {
  readonly path: string;

  /** Writes all of `bytes` at `position` (short writes are continued); the bytes must stay unchanged until done. */
  write(bytes: Uint8Array, position: number, done: DiskDone): void;

  /** write() and then sync(), in one step where the system can: a single record is durable sooner so. */
  writeSynced(bytes: Uint8Array, position: number, done: DiskDone): void;

  /** Fills `into` from `position`; fewer bytes only at the end of the file. */
  read(into: Uint8Array, position: number, done: DiskReadDone): void;

  /** Makes the file's content, as far as written when called, durable (fdatasync). After an error nothing may be trusted. */
  sync(done: DiskDone): void;

  truncate(length: number, done: DiskDone): void;
  close(done: DiskDone): void;
}

/** `read`: must exist. `write`: created when absent, never truncated. `create`: must not exist. All but `read` can read too. */
export type DiskOpenMode = 'read' | 'write' | 'create';

export interface DiskEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
}

export interface DiskStat {
  readonly kind: 'file' | 'directory' | 'other';
  /** Bytes. */
  readonly size: number;
  readonly modifiedMs: number;
}

export interface DiskLock {
  release(): Promise<void>;
}

export interface Disk {
  open(path: string, mode: DiskOpenMode): Promise<DiskFile>;

  /** The whole file. */
  readFile(path: string): Promise<Uint8Array>;

  /** Creates or replaces the whole file without a rename; durable only when `sync` is asked for. */
  writeFile(path: string, bytes: Uint8Array, options: { readonly sync: boolean }): Promise<void>;

  /** Sorted by name. */
  list(path: string): Promise<DiskEntry[]>;

  /** Null when nothing is there. */
  stat(path: string): Promise<DiskStat | null>;

  /** Creates the directory and its parents, mode 0700. Fine when it exists. */
  makeDirectory(path: string): Promise<void>;

  /** Atomic replacement within one file system. */
  rename(from: string, to: string): Promise<void>;

  /** Removes one file. Fine when it is gone already. */
  remove(path: string): Promise<void>;

  /** Removes a directory and everything in it. Fine when it is gone already. */
  removeTree(path: string): Promise<void>;

  /** Makes the names in a directory durable (fsync of the directory). */
  syncDirectory(path: string): Promise<void>;

  /** Free and total bytes of the file system that holds `path`. */
  space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;

  /**
   * Takes the one lock at `path` for this server, or rejects with OperatingError `DISK_LOCKED` whose context names the
   * holder (`holder`: pid, host, since). A lock left by a process that no longer lives is taken over.
   */
  lock(path: string, holder: string): Promise<DiskLock>;
}
