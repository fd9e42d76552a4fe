// Files over node:fs. Hot calls pass through with one callback each and no promise; a short write or read is continued.
// Decides nothing about durability or retries: whoever calls does. Called through ports/disk.ts.
import fs from 'node:fs';
import { dirname } from 'node:path';
import { OperatingError } from '../base/errors.ts';
import type {
  Disk,
  DiskDone,
  DiskEntry,
  DiskFile,
  DiskLock,
  DiskOpenMode,
  DiskReadDone,
  DiskStat,
} from '../ports/disk.ts';
import { diskError, errnoOf } from './_disk_error.ts';
import { ownIdentity, takeLock } from './_disk_lock.ts';

const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_DSYNC } = fs.constants;
const OPEN_FLAGS = { read: O_RDONLY, write: O_RDWR | O_CREAT, create: O_RDWR | O_CREAT | O_EXCL } as const;
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
/** One system call moves at most 2 GiB - 4 KiB; more than this is asked for in several. */
const CALL_BYTES_MAX = 1 << 30;

const NO_SYNCED_FD = -2;

type Transferred = (error: Error | null, count: number) => void;

/** The two calls that may do less than asked: a test puts its own in their place. */
export interface TransferCalls {
  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number, done: Transferred): void;
  read(fd: number, into: Uint8Array, offset: number, length: number, position: number, done: Transferred): void;
}

const NODE_CALLS: TransferCalls = { write: fs.write, read: fs.read };

class NodeDiskFile implements DiskFile {
  readonly path: string;
  readonly #fd: number;
  readonly #canWrite: boolean;
  readonly #calls: TransferCalls;
  /** Calls that have not called back. The descriptor stays open for them: its number could be somebody else's next. */
  #inFlight: number;
  #closing: DiskDone | null;
  #isClosed: boolean;
  /** A second descriptor whose writes are synced; -1 before it is asked for, NO_SYNCED_FD where there is none. */
  #syncedFd: number;
  /** Those who wait while it is opened; null when it is not being opened. */
  #syncedWaiting: (() => void)[] | null;

  constructor(path: string, fd: number, canWrite: boolean, calls: TransferCalls) {
    this.path = path;
    this.#fd = fd;
    this.#canWrite = canWrite;
    this.#calls = calls;
    this.#inFlight = 0;
    this.#closing = null;
    this.#isClosed = false;
    this.#syncedFd = -1;
    this.#syncedWaiting = null;
  }

  write(bytes: Uint8Array, position: number, done: DiskDone): void {
    if (!this.#enter('write', done)) return;
    this.#writeFrom(this.#fd, bytes, 0, position, done);
  }

  writeSynced(bytes: Uint8Array, position: number, done: DiskDone): void {
    if (!this.#enter('write', done)) return;
    if (this.#syncedFd === -1) this.#openSynced(() => this.#writeSyncedNow(bytes, position, done));
    else this.#writeSyncedNow(bytes, position, done);
  }

  #writeSyncedNow(bytes: Uint8Array, position: number, done: DiskDone): void {
    if (this.#syncedFd !== NO_SYNCED_FD) {
      this.#writeFrom(this.#syncedFd, bytes, 0, position, done);
      return;
    }
    this.#inFlight++;
    this.#writeFrom(this.#fd, bytes, 0, position, (error) => {
      if (error !== null) this.#finish(done, error);
      else fs.fdatasync(this.#fd, (failure) => this.#finish(done, this.#syncError(failure)));
    });
  }

  /** The same file once more, whatever it is called by now: a write that is synced by itself saves a call. */
  #openSynced(ready: () => void): void {
    if (this.#syncedWaiting !== null) {
      this.#syncedWaiting.push(ready);
      return;
    }
    this.#syncedWaiting = [ready];
    const opened = (fd: number): void => {
      this.#syncedFd = fd;
      const waiting = this.#syncedWaiting ?? [];
      this.#syncedWaiting = null;
      for (const callback of waiting) callback();
    };
    // Where there is no such path, or no such flag, a write and a sync do the same.
    if (O_DSYNC === undefined || !this.#canWrite) opened(NO_SYNCED_FD);
    else {
      fs.open(`/proc/self/fd/${this.#fd}`, O_WRONLY | O_DSYNC, (error, fd) => {
        opened(error === null ? fd : NO_SYNCED_FD);
      });
    }
  }

  #writeFrom(fd: number, bytes: Uint8Array, offset: number, position: number, done: DiskDone): void {
    const length = Math.min(bytes.length - offset, CALL_BYTES_MAX);
    this.#calls.write(fd, bytes, offset, length, position + offset, (error, written) => {
      if (error !== null) this.#finish(done, diskError(error, 'write', this.path));
      else if (offset + written === bytes.length) this.#finish(done, null);
      else if (written === 0) this.#finish(done, nothingMoved('write', this.path));
      else this.#writeFrom(fd, bytes, offset + written, position, done);
    });
  }

  read(into: Uint8Array, position: number, done: DiskReadDone): void {
    if (!this.#enter('read', (error) => done(error, 0))) return;
    this.#readFrom(into, 0, position, done);
  }

  #readFrom(into: Uint8Array, offset: number, position: number, done: DiskReadDone): void {
    const length = Math.min(into.length - offset, CALL_BYTES_MAX);
    this.#calls.read(this.#fd, into, offset, length, position + offset, (error, count) => {
      if (error === null && count > 0 && offset + count < into.length) {
        this.#readFrom(into, offset + count, position, done);
        return;
      }
      this.#leave();
      if (error === null) done(null, offset + count);
      else done(diskError(error, 'read', this.path), 0);
    });
  }

  sync(done: DiskDone): void {
    if (!this.#enter('sync', done)) return;
    fs.fdatasync(this.#fd, (error) => this.#finish(done, this.#syncError(error)));
  }

  #syncError(error: Error | null): OperatingError | null {
    return error === null ? null : diskError(error, 'sync', this.path);
  }

  truncate(length: number, done: DiskDone): void {
    if (!this.#enter('truncate', done)) return;
    fs.ftruncate(this.#fd, length, (error) => {
      this.#finish(done, error === null ? null : diskError(error, 'truncate', this.path));
    });
  }

  close(done: DiskDone): void {
    if (!this.#enter('close', done)) return;
    this.#isClosed = true;
    this.#closing = done;
    this.#leave();
  }

  #closeNow(): void {
    const done = this.#closing;
    this.#closing = null;
    if (this.#syncedFd >= 0) fs.close(this.#syncedFd, () => undefined);
    fs.close(this.#fd, (error) => done?.(error === null ? null : diskError(error, 'close', this.path)));
  }

  #finish(done: DiskDone, error: OperatingError | null): void {
    this.#leave();
    done(error);
  }

  #enter(operation: string, done: DiskDone): boolean {
    if (!this.#isClosed) {
      this.#inFlight++;
      return true;
    }
    const error = diskError(new Error('file is closed'), operation, this.path);
    setImmediate(() => done(error));
    return false;
  }

  #leave(): void {
    this.#inFlight--;
    if (this.#closing !== null && this.#inFlight === 0) this.#closeNow();
  }
}

function nothingMoved(operation: string, path: string): OperatingError {
  const context = { path, operation };
  return new OperatingError('DISK_IO', `Cannot ${operation} '${path}': the system took no bytes`, { context });
}

export class NodeDisk implements Disk {
  readonly #calls: TransferCalls;

  constructor(calls: TransferCalls = NODE_CALLS) {
    this.#calls = calls;
  }

  open(path: string, mode: DiskOpenMode): Promise<DiskFile> {
    return this.#openFile(path, OPEN_FLAGS[mode], 'open');
  }

  #openFile(path: string, flags: number, operation: string): Promise<NodeDiskFile> {
    return new Promise((resolve, reject) => {
      fs.open(path, flags, FILE_MODE, (error, fd) => {
        if (error === null) resolve(new NodeDiskFile(path, fd, flags !== O_RDONLY, this.#calls));
        else reject(diskError(error, operation, path));
      });
    });
  }

  async readFile(path: string): Promise<Uint8Array> {
    try {
      const buffer = await fs.promises.readFile(path);
      return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
    } catch (error) {
      throw diskError(error, 'read', path);
    }
  }

  async writeFile(path: string, bytes: Uint8Array, options: { readonly sync: boolean }): Promise<void> {
    const file = await this.#openFile(path, O_WRONLY | O_CREAT | O_TRUNC, 'write');
    try {
      await settled((done) => file.write(bytes, 0, done));
      if (options.sync) await settled((done) => file.sync(done));
    } finally {
      await settled((done) => file.close(done));
    }
  }

  async list(path: string): Promise<DiskEntry[]> {
    try {
      const found = await fs.promises.readdir(path, { withFileTypes: true });
      return found.map((entry) => ({ name: entry.name, kind: kindOf(entry) })).sort(byName);
    } catch (error) {
      throw diskError(error, 'list', path);
    }
  }

  async stat(path: string): Promise<DiskStat | null> {
    try {
      const found = await fs.promises.stat(path);
      return { kind: kindOf(found), size: found.size, modifiedMs: found.mtimeMs };
    } catch (error) {
      const refused = diskError(error, 'stat', path);
      if (refused.code === 'DISK_NOT_FOUND') return null;
      throw refused;
    }
  }

  async makeDirectory(path: string): Promise<void> {
    try {
      await makeWithParents(path);
    } catch (error) {
      throw diskError(error, 'make directory', path);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    try {
      await fs.promises.rename(from, to);
    } catch (error) {
      throw diskError(error, 'rename', from);
    }
  }

  async remove(path: string): Promise<void> {
    try {
      await fs.promises.unlink(path);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw diskError(error, 'remove', path);
    }
  }

  async removeTree(path: string): Promise<void> {
    try {
      await fs.promises.rm(path, { recursive: true, force: true });
    } catch (error) {
      throw diskError(error, 'remove tree', path);
    }
  }

  async syncDirectory(path: string): Promise<void> {
    let handle: fs.promises.FileHandle | null = null;
    try {
      // O_DIRECTORY refuses a file of that name, which would be synced and its directory not.
      handle = await fs.promises.open(path, O_RDONLY | fs.constants.O_DIRECTORY);
      await handle.sync();
    } catch (error) {
      throw diskError(error, 'sync directory', path);
    } finally {
      await handle?.close();
    }
  }

  async space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    try {
      const found = await fs.promises.statfs(path);
      // Free to us (bavail), not counting what the file system keeps for the superuser.
      return { freeBytes: found.bavail * found.bsize, totalBytes: found.blocks * found.bsize };
    } catch (error) {
      throw diskError(error, 'ask for space of', path);
    }
  }

  lock(path: string, holder: string): Promise<DiskLock> {
    return takeLock(path, holder, ownIdentity());
  }
}

/**
 * Node's own recursive mkdir never ends where a directory refuses names with ENOENT although it is there, as /proc does:
 * here each level is tried once more when its parent has been made, and no oftener.
 */
async function makeWithParents(path: string): Promise<void> {
  try {
    await fs.promises.mkdir(path, { mode: DIRECTORY_MODE });
    return;
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EEXIST' && (await fs.promises.stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
  }
  await makeWithParents(dirname(path));
  try {
    await fs.promises.mkdir(path, { mode: DIRECTORY_MODE });
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

function settled(start: (done: DiskDone) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error === null ? resolve() : reject(error))));
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): 'file' | 'directory' | 'other' {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'directory' : 'other';
}

function byName(a: DiskEntry, b: DiskEntry): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
