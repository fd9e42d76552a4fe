// The message ids of the duplicate window: id -> sequence, oldest forgotten first. Typed arrays and one byte arena, so
// that a busy window costs no object and no string per message. Knows neither clock nor store; the stream tells it the
// time. An id lives for the whole window, also when its message is purged meanwhile.
// Compat: stream.go, storeMsgId and purgeMsgIds.

import { hashBytes } from '../../base/bytes.ts';

/** Entries that the tables first have room for; both double as needed. */
const ENTRIES_FIRST = 64;
const ARENA_FIRST_BYTES = 2048;

export class Dedupe {
  /** Milliseconds; 0 is no window. */
  #windowMs: number;
  /**
   * Entries are numbered from 0 without end; entry n lives at n & mask while #head <= n < #tail.
   * Invariant: times never decrease from head to tail.
   */
  #head = 0;
  #tail = 0;
  #mask = ENTRIES_FIRST - 1;
  #sequences = new Float64Array(ENTRIES_FIRST);
  #timesMs = new Float64Array(ENTRIES_FIRST);
  #hashes = new Uint32Array(ENTRIES_FIRST);
  /** The entry of the same bucket before this one; below #head is the end of the chain. */
  #earlier = new Float64Array(ENTRIES_FIRST);
  /** Where the id lies, counted over all bytes ever written; the arena position is that & arena mask. */
  #offsets = new Float64Array(ENTRIES_FIRST);
  #lengths = new Int32Array(ENTRIES_FIRST);
  #buckets = new Float64Array(ENTRIES_FIRST).fill(-1);
  #arena = new Uint8Array(ARENA_FIRST_BYTES);
  #arenaHead = 0;
  #arenaTail = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  get size(): number {
    return this.#tail - this.#head;
  }

  setWindow(windowMs: number): void {
    this.#windowMs = windowMs;
  }

  /** Sequence of the message with this id within the window; 0 when there is none. */
  find(bytes: Uint8Array, start: number, end: number, nowMs: number): number {
    this.#expire(nowMs);
    if (this.#head === this.#tail) return 0;
    const hash = hashBytes(bytes, start, end);
    let entry = this.#buckets[hash & this.#mask] as number;
    while (entry >= this.#head) {
      const at = entry & this.#mask;
      if (this.#hashes[at] === hash && this.#isSame(at, bytes, start, end)) return this.#sequences[at] as number;
      entry = this.#earlier[at] as number;
    }
    return 0;
  }

  /** Remembers an id that find() did not know. */
  add(bytes: Uint8Array, start: number, end: number, sequence: number, nowMs: number): void {
    if (this.#windowMs <= 0) return;
    this.#expire(nowMs);
    if (this.#tail - this.#head > this.#mask) this.#growEntries();
    const length = end - start;
    while (this.#arenaTail - this.#arenaHead + length > this.#arena.length) this.#growArena();
    const arenaMask = this.#arena.length - 1;
    for (let i = 0; i < length; i++) this.#arena[(this.#arenaTail + i) & arenaMask] = bytes[start + i] as number;
    const entry = this.#tail++;
    const at = entry & this.#mask;
    const hash = hashBytes(bytes, start, end);
    this.#sequences[at] = sequence;
    this.#timesMs[at] = nowMs;
    this.#hashes[at] = hash;
    this.#offsets[at] = this.#arenaTail;
    this.#lengths[at] = length;
    this.#earlier[at] = this.#buckets[hash & this.#mask] as number;
    this.#buckets[hash & this.#mask] = entry;
    this.#arenaTail += length;
  }

  #expire(nowMs: number): void {
    const oldestMs = nowMs - this.#windowMs;
    while (this.#head < this.#tail && (this.#timesMs[this.#head & this.#mask] as number) <= oldestMs) {
      const at = this.#head & this.#mask;
      this.#arenaHead = (this.#offsets[at] as number) + (this.#lengths[at] as number);
      this.#head++;
    }
  }

  #isSame(at: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#lengths[at] !== end - start) return false;
    const arenaMask = this.#arena.length - 1;
    const offset = this.#offsets[at] as number;
    for (let i = 0; i < end - start; i++) if (this.#arena[(offset + i) & arenaMask] !== bytes[start + i]) return false;
    return true;
  }

  #growEntries(): void {
    const oldMask = this.#mask;
    const size = (oldMask + 1) * 2;
    const move = <A extends Float64Array | Int32Array | Uint32Array>(from: A, to: A): A => {
      for (let entry = this.#head; entry < this.#tail; entry++)
        to[entry & (size - 1)] = from[entry & oldMask] as number;
      return to;
    };
    this.#sequences = move(this.#sequences, new Float64Array(size));
    this.#timesMs = move(this.#timesMs, new Float64Array(size));
    this.#hashes = move(this.#hashes, new Uint32Array(size));
    this.#offsets = move(this.#offsets, new Float64Array(size));
    this.#lengths = move(this.#lengths, new Int32Array(size));
    this.#earlier = new Float64Array(size);
    this.#buckets = new Float64Array(size).fill(-1);
    this.#mask = size - 1;
    for (let entry = this.#head; entry < this.#tail; entry++) {
      const bucket = (this.#hashes[entry & this.#mask] as number) & this.#mask;
      this.#earlier[entry & this.#mask] = this.#buckets[bucket] as number;
      this.#buckets[bucket] = entry;
    }
  }

  #growArena(): void {
    const wider = new Uint8Array(this.#arena.length * 2);
    for (let i = this.#arenaHead; i < this.#arenaTail; i++) {
      wider[i & (wider.length - 1)] = this.#arena[i & (this.#arena.length - 1)] as number;
    }
    this.#arena = wider;
  }
}
