// The memory that accepted connections read into: a small buffer while little comes, larger ones while reads fill it, and
// another one as soon as somebody holds what was read. Used again and again: memory made for every chunk keeps the
// garbage collector busier than the messages in it. Called by node_network.ts.
import type { ChunkMemory } from '../ports/network.ts';

/** Buffers of one size. */
export interface MemoryLevel {
  readonly bytes: number;
  /** So many are kept for the next who needs one; more are left to the garbage collector. */
  readonly keptMax: number;
}

/** Smaller ones first. An idle connection keeps one of the first; one read takes at most one of the last. */
export const READ_LEVELS: readonly MemoryLevel[] = [
  { bytes: 4 * 1024, keptMax: 64 },
  { bytes: 64 * 1024, keptMax: 64 },
  { bytes: 256 * 1024, keptMax: 32 },
];
/** TLS gives out one record at a time, and each is held on its own: as much memory in total, in smaller pieces. */
export const TLS_READ_LEVELS: readonly MemoryLevel[] = [
  { bytes: 4 * 1024, keptMax: 64 },
  { bytes: 16 * 1024, keptMax: 256 },
];
/**
 * So many reads in a row must fill a small buffer before there is a larger one: what a connection may send before it has
 * authenticated is less than that.
 */
const FULL_READS_MIN = 2;
/** After so many reads in a row that the level below would have taken, a connection goes down. */
const SHORT_READS_MAX = 16;
/** After this much silence one short read is enough, and it goes down to the first level: its answer to a ping at the latest. */
const SILENCE_MS = 1_000;

export class ReadMemory implements ChunkMemory {
  readonly bytes: Uint8Array;
  readonly level: number;
  readonly #pool: ReadMemoryPool;
  #holds = 0;
  /** A connection reads into it. */
  isInUse = true;

  constructor(level: number, pool: ReadMemoryPool) {
    // No Buffer: its slice() would be no copy.
    this.bytes = new Uint8Array(pool.levels[level]?.bytes ?? 0);
    this.level = level;
    this.#pool = pool;
  }

  get isHeld(): boolean {
    return this.#holds > 0;
  }

  hold(): void {
    this.#holds++;
  }

  release(): void {
    this.#holds--;
    if (this.#holds === 0 && !this.isInUse) this.#pool.give(this);
  }
}

export class ReadMemoryPool {
  readonly levels: readonly MemoryLevel[];
  readonly nowMs: () => number;
  readonly #free: readonly ReadMemory[][];

  constructor(levels = READ_LEVELS, nowMs: () => number = () => performance.now()) {
    this.levels = levels;
    this.nowMs = nowMs;
    this.#free = levels.map(() => []);
  }

  take(level: number): ReadMemory {
    const memory = this.#free[level]?.pop();
    if (memory === undefined) return new ReadMemory(level, this);
    memory.isInUse = true;
    return memory;
  }

  /** Nobody holds it and no connection reads into it. */
  give(memory: ReadMemory): void {
    const free = this.#free[memory.level] as ReadMemory[];
    if (free.length < (this.levels[memory.level]?.keptMax ?? 0)) free.push(memory);
  }
}

/** What one connection reads into now and next. */
export class ConnectionReader {
  readonly #pool: ReadMemoryPool;
  #memory: ReadMemory;
  #fullReads = 0;
  #shortReads = 0;
  /** When it read last into more than a small buffer. */
  #lastMs = 0;
  #handler: ((chunk: Uint8Array, memory: ChunkMemory) => void) | null = null;

  constructor(pool: ReadMemoryPool) {
    this.#pool = pool;
    this.#memory = pool.take(0);
  }

  start(handler: (chunk: Uint8Array, memory: ChunkMemory) => void): void {
    this.#handler = handler;
  }

  /** `count` bytes have been read into what next() returned last. */
  arrived(count: number): void {
    const memory = this.#memory;
    this.#handler?.(memory.bytes.subarray(0, count), memory);
    const level = this.#levelAfter(count, memory);
    if (level !== memory.level || memory.isHeld) this.#replace(level);
  }

  /** Where the next bytes go. */
  next(): Uint8Array {
    return this.#memory.bytes;
  }

  /** Nothing more comes. */
  close(): void {
    this.#handler = null;
    this.#leave();
  }

  #levelAfter(count: number, { level, bytes }: ReadMemory): number {
    const { levels } = this.#pool;
    const sinceMs = level > 0 ? this.#sinceLastMs() : 0;
    if (count === bytes.length) {
      this.#shortReads = 0;
      this.#fullReads++;
      if (level + 1 === levels.length || (level === 0 && this.#fullReads < FULL_READS_MIN)) return level;
      this.#lastMs = this.#pool.nowMs();
      return level + 1;
    }
    this.#fullReads = 0;
    if (level === 0) return 0;
    const isShort = count <= (levels[level - 1]?.bytes ?? 0);
    if (isShort && sinceMs > SILENCE_MS) return 0;
    this.#shortReads = isShort ? this.#shortReads + 1 : 0;
    if (this.#shortReads < SHORT_READS_MAX) return level;
    this.#shortReads = 0;
    return level - 1;
  }

  #sinceLastMs(): number {
    const nowMs = this.#pool.nowMs();
    const sinceMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    return sinceMs;
  }

  #replace(level: number): void {
    this.#leave();
    this.#memory = this.#pool.take(level);
  }

  #leave(): void {
    const memory = this.#memory;
    if (!memory.isInUse) return;
    memory.isInUse = false;
    if (!memory.isHeld) this.#pool.give(memory);
  }
}
