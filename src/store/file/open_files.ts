// Open block files of a server, at most so many at a time: the ones used longest ago are closed. A file in use is never
// closed under its user. It decides nothing about content; logs, readers and cleaners ask for files here.
import { errorText, OperatingError } from '../../base/errors.ts';
import type { Disk, DiskFile, DiskOpenMode } from '../../ports/disk.ts';

export const OPEN_FILES_MAX = 256;

export type FileReady = (error: OperatingError | null, file: DiskFile | null) => void;

interface Waiting {
  readonly mode: DiskOpenMode;
  readonly ready: FileReady;
}

/** What stands for one file, open or not. */
export class FileSlot {
  path: string;
  file: DiskFile | null = null;
  isWritable = false;
  /** Users of the open file. */
  users = 0;
  /** Those who wait while it is opened; null when it is not being opened. */
  waiting: Waiting[] | null = null;

  constructor(path: string) {
    this.path = path;
  }
}

export class OpenFiles {
  readonly #disk: Disk;
  readonly #openMax: number;
  /** Open slots, the one used longest ago first. */
  readonly #open = new Set<FileSlot>();

  constructor(disk: Disk, openMax = OPEN_FILES_MAX) {
    this.#disk = disk;
    this.#openMax = openMax;
  }

  /** Hands over the open file, at once when it is open. Whoever got a file calls done() once. */
  use(slot: FileSlot, mode: DiskOpenMode, ready: FileReady): void {
    if (slot.waiting !== null) {
      slot.waiting.push({ mode, ready });
      return;
    }
    if (slot.file !== null && (slot.isWritable || mode === 'read')) {
      this.#open.delete(slot);
      this.#open.add(slot);
      slot.users++;
      ready(null, slot.file);
      return;
    }
    this.#openSlot(slot, mode, ready);
  }

  done(slot: FileSlot): void {
    slot.users--;
    this.#closeOldest();
  }

  /** Closes the file; what is under way on it still ends. */
  close(slot: FileSlot): Promise<void> {
    const file = slot.file;
    slot.file = null;
    this.#open.delete(slot);
    // An error of close says nothing about what was synced, and there is nothing left to do about it.
    return file === null ? Promise.resolve() : new Promise((resolve) => file.close(() => resolve()));
  }

  #openSlot(slot: FileSlot, mode: DiskOpenMode, ready: FileReady): void {
    const waiting: Waiting[] = [{ mode, ready }];
    slot.waiting = waiting;
    // Read-only and now to be written: the old descriptor lives on for those who read.
    void this.close(slot);
    this.#disk.open(slot.path, mode).then(
      (file) => this.#opened(slot, file, mode !== 'read', waiting),
      (error: unknown) => {
        slot.waiting = null;
        for (const { ready: callback } of waiting) callback(asOperatingError(error, slot.path), null);
      },
    );
  }

  #opened(slot: FileSlot, file: DiskFile, isWritable: boolean, waiting: readonly Waiting[]): void {
    slot.waiting = null;
    slot.file = file;
    slot.isWritable = isWritable;
    this.#open.add(slot);
    // Each of them asks again: who wants to write may have come while it was opened for a reader.
    for (const { mode, ready } of waiting) this.use(slot, mode, ready);
    this.#closeOldest();
  }

  #closeOldest(): void {
    if (this.#open.size <= this.#openMax) return;
    for (const slot of this.#open) {
      if (this.#open.size <= this.#openMax) return;
      if (slot.users === 0) void this.close(slot);
    }
  }
}

export function asOperatingError(error: unknown, path: string): OperatingError {
  if (error instanceof OperatingError) return error;
  return new OperatingError('DISK_OTHER', errorText(error), { context: { path }, cause: error });
}
