// Parts of block files in memory, for all streams of a server: windows of fixed size in the record arena, so that
// records are verified where they were read to, and memory of its own for the few records larger than a window. The
// total is bounded; the window used longest ago makes room. It reads ahead when asked. It never judges content.
import type { OperatingError } from '../../base/errors.ts';
import type { RecordArena } from '../commit/record_arena.ts';
import type { Block } from './block.ts';
import type { OpenFiles } from './open_files.ts';

/** Bytes held in windows of their own, for records larger than a shared window. */
const LARGE_BYTES_MAX = 64 * 1024 * 1024;

export type LoadDone = (error: OperatingError | null) => void;

/** A run of bytes of one block file. */
export class Window {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly capacity: number;
  block: Block | null = null;
  fileOffset = 0;
  /** Bytes of the file in it; 0 until they are read. */
  length = 0;
  isLoading = false;
  usedAt = 0;
  /** Records read from it; what reading ahead goes by. */
  reads = 0;
  waiting: LoadDone[] = [];

  constructor(bytes: Uint8Array, view: DataView, start: number, capacity: number) {
    this.bytes = bytes;
    this.view = view;
    this.start = start;
    this.capacity = capacity;
  }

  /** Whether it holds, or will hold, these bytes of its block. */
  covers(offset: number, length: number): boolean {
    return offset >= this.fileOffset && offset + length <= this.fileOffset + this.length;
  }
}

interface QueuedLoad {
  readonly block: Block;
  readonly offset: number;
  readonly length: number;
  readonly done: LoadDone;
}

export class ReadCache {
  readonly #arena: RecordArena;
  readonly #files: OpenFiles;
  readonly #windows: Window[] = [];
  readonly #large: Window[] = [];
  readonly #queue: QueuedLoad[] = [];
  #largeBytes = 0;
  #time = 0;

  constructor(arena: RecordArena, files: OpenFiles) {
    this.#arena = arena;
    this.#files = files;
    for (let i = 0; i < arena.windowCount; i++) {
      this.#windows.push(new Window(arena.bytes, arena.view, arena.windowStart(i), arena.windowBytes));
    }
  }

  /** A window that holds these bytes of the block, or null. */
  find(block: Block, offset: number, length: number): Window | null {
    const windows = block.windows;
    for (let i = windows.length - 1; i >= 0; i--) {
      const window = windows[i]!;
      if (window.isLoading || !window.covers(offset, length)) continue;
      window.usedAt = ++this.#time;
      return window;
    }
    return null;
  }

  /** Reads from `offset` on, at least `length` bytes, as far as the block is written; calls back in a later turn. */
  load(block: Block, offset: number, length: number, done: LoadDone): void {
    for (const window of block.windows) {
      if (window.isLoading && window.covers(offset, length)) {
        window.waiting.push(done);
        return;
      }
    }
    const window = this.#takeWindow(length);
    if (window === null) this.#queue.push({ block, offset, length, done });
    else this.#fill(window, block, offset, done);
  }

  /** Reads what follows `offset` when a window is free for it; for readers that go on and on. */
  readAhead(block: Block, offset: number): void {
    if (offset >= block.written || block.isGone || this.#queue.length > 0) return;
    for (const window of block.windows) if (window.covers(offset, 1)) return;
    const window = this.#takeWindow(1);
    if (window !== null) this.#fill(window, block, offset, () => undefined);
  }

  /** Forgets what is in memory of this block: its file changes. */
  drop(block: Block): void {
    for (const window of block.windows) {
      window.block = null;
      if (!window.isLoading) this.#forgetLarge(window);
    }
    block.windows.length = 0;
  }

  /** A window for the caller alone, or null when all are being loaded; it gives it back with giveBack(). */
  borrow(): Window | null {
    const window = this.#takeWindow(1);
    if (window !== null) window.isLoading = true;
    return window;
  }

  giveBack(window: Window): void {
    window.isLoading = false;
    window.block = null;
    this.#runQueue();
  }

  #runQueue(): void {
    const next = this.#queue.shift();
    if (next !== undefined) this.load(next.block, next.offset, next.length, next.done);
  }

  #takeWindow(length: number): Window | null {
    if (length > this.#arena.windowBytes) return this.#takeLarge(length);
    let oldest: Window | null = null;
    for (const window of this.#windows) {
      if (window.isLoading) continue;
      if (window.block === null) return window;
      if (oldest === null || window.usedAt < oldest.usedAt) oldest = window;
    }
    if (oldest !== null) this.#detach(oldest);
    return oldest;
  }

  #takeLarge(length: number): Window | null {
    for (let i = 0; i < this.#large.length && this.#largeBytes + length > LARGE_BYTES_MAX; ) {
      const window = this.#large[i]!;
      if (window.isLoading) i++;
      else this.#detach(window);
    }
    if (this.#largeBytes + length > LARGE_BYTES_MAX && this.#large.length > 0) return null;
    const bytes = new Uint8Array(length);
    const window = new Window(bytes, new DataView(bytes.buffer), 0, length);
    this.#large.push(window);
    this.#largeBytes += length;
    return window;
  }

  #detach(window: Window): void {
    const windows = window.block?.windows;
    if (windows !== undefined) windows.splice(windows.indexOf(window), 1);
    window.block = null;
    this.#forgetLarge(window);
  }

  #forgetLarge(window: Window): void {
    const at = this.#large.indexOf(window);
    if (at < 0) return;
    this.#large.splice(at, 1);
    this.#largeBytes -= window.capacity;
  }

  #fill(window: Window, block: Block, offset: number, done: LoadDone): void {
    window.block = block;
    window.fileOffset = offset;
    window.length = Math.max(0, Math.min(window.capacity, block.written - offset));
    window.isLoading = true;
    window.reads = 0;
    window.usedAt = ++this.#time;
    window.waiting = [done];
    block.windows.push(window);
    this.#files.use(block.slot, 'read', (error, file) => {
      if (file === null) {
        this.#filled(window, block, error, 0);
        return;
      }
      file.read(window.bytes.subarray(window.start, window.start + window.length), offset, (failure, count) => {
        this.#files.done(block.slot);
        this.#filled(window, block, failure, count);
      });
    });
  }

  #filled(window: Window, block: Block, error: OperatingError | null, count: number): void {
    window.isLoading = false;
    window.length = Math.min(window.length, count);
    const isCurrent = window.block === block;
    if (isCurrent && error !== null) this.#detach(window);
    if (!isCurrent) this.#forgetLarge(window);
    const waiting = window.waiting;
    window.waiting = [];
    for (const done of waiting) done(error);
    this.#runQueue();
  }
}
