// Many deadlines at once: a hashed wheel. Entries are numbers (stream sequences), each with one deadline; inserting and
// cancelling cost the same however many there are. There is no clock in here: whoever owns the wheel asks `nextMs` when
// to come back and calls advance() with the time. For message TTLs, redeliveries and the like.
//
// Deadlines are exact nanoseconds. In a slot only the turn of the wheel and the rest within the slot are kept, in one
// number:   deadline = (turn * slots + slot) * slotNs + rest,   kept = turn * slotNs + rest
//
// Encoding, of thw.db:   u8 1 | u64 entries | u64 stamp | (varint deadline, uvarint sequence) ...
// Compat: thw/thw.go, Encode and Decode.
import { assert } from './assert.ts';
import type { ByteReader } from './byte_reader.ts';
import type { ByteWriter } from './byte_writer.ts';
import { nanosToWholeMs } from './nanos.ts';
import { type Parsed, parsed, refused } from './parsed.ts';

const SLOTS = 4096;
const NS_PER_MS = 1_000_000;
const TWO_32 = 4_294_967_296;
const VERSION = 1;

export const NO_DEADLINE = Number.POSITIVE_INFINITY;

/** Called for each entry whose deadline has come, after it was taken out; it may insert and cancel. */
export type ExpireHandler = (id: number) => void;

export class TimerWheel {
  readonly #slotMs: number;
  readonly #slotNs: number;
  /** Per slot: id -> turn and rest, as drawn above. */
  readonly #slots: (Map<number, number> | null)[] = new Array<Map<number, number> | null>(SLOTS).fill(null);
  /** Per slot: no deadline in it is earlier (whole milliseconds). */
  readonly #slotNextMs = new Float64Array(SLOTS).fill(NO_DEADLINE);
  #nextMs = NO_DEADLINE;
  #size = 0;

  /** `slotMs`: entries of one slot are looked at together, so about the precision one wants to be woken with. */
  constructor(slotMs = 1000) {
    assert(Number.isInteger(slotMs) && slotMs > 0, 'a slot is a whole number of milliseconds');
    this.#slotMs = slotMs;
    this.#slotNs = slotMs * NS_PER_MS;
  }

  get size(): number {
    return this.#size;
  }

  /** When to call advance() next, in milliseconds: no deadline is earlier. NO_DEADLINE when there is none. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /** A deadline in milliseconds with fraction. An entry that is there with another deadline must be cancelled first. */
  insert(id: number, deadlineMs: number): void {
    const wholeMs = Math.floor(deadlineMs);
    this.#insert(id, wholeMs, Math.floor((deadlineMs - wholeMs) * NS_PER_MS));
  }

  /** A deadline in nanoseconds as two halves. */
  insertNanos(id: number, high: number, low: number): void {
    const wholeMs = nanosToWholeMs(high, low);
    this.#insert(id, wholeMs, restNsOf(low, wholeMs));
  }

  /** Takes an entry out before its time. False when it is not there with this deadline's slot. */
  cancel(id: number, deadlineMs: number): boolean {
    return this.#cancel(id, Math.floor(deadlineMs));
  }

  cancelNanos(id: number, high: number, low: number): boolean {
    return this.#cancel(id, nanosToWholeMs(high, low));
  }

  /** Takes out all entries whose deadline is at or before the time, slot by slot, and tells about each. */
  advance(nowMs: number, expire: ExpireHandler): void {
    const wholeMs = Math.floor(nowMs);
    this.#advance(wholeMs, Math.floor((nowMs - wholeMs) * NS_PER_MS), expire);
  }

  advanceNanos(high: number, low: number, expire: ExpireHandler): void {
    const wholeMs = nanosToWholeMs(high, low);
    this.#advance(wholeMs, restNsOf(low, wholeMs), expire);
  }

  /** Everything in it, in no order. */
  *ids(): Generator<number> {
    for (const entries of this.#slots) if (entries !== null) yield* entries.keys();
  }

  clear(): void {
    this.#slots.fill(null);
    this.#slotNextMs.fill(NO_DEADLINE);
    this.#nextMs = NO_DEADLINE;
    this.#size = 0;
  }

  #insert(id: number, wholeMs: number, restNs: number): void {
    assert(wholeMs >= 0, 'a deadline is not before 1970');
    const slotNumber = Math.floor(wholeMs / this.#slotMs);
    const slot = slotNumber % SLOTS;
    let entries = this.#slots[slot];
    if (entries === null || entries === undefined) {
      entries = new Map();
      this.#slots[slot] = entries;
    }
    const turn = (slotNumber - slot) / SLOTS;
    const sizeBefore = entries.size;
    entries.set(id, turn * this.#slotNs + (wholeMs - slotNumber * this.#slotMs) * NS_PER_MS + restNs);
    this.#size += entries.size - sizeBefore;
    if (wholeMs < (this.#slotNextMs[slot] as number)) this.#slotNextMs[slot] = wholeMs;
    if (wholeMs < this.#nextMs) this.#nextMs = wholeMs;
  }

  #cancel(id: number, wholeMs: number): boolean {
    const slot = Math.floor(wholeMs / this.#slotMs) % SLOTS;
    const entries = this.#slots[slot];
    if (entries === null || entries === undefined || !entries.delete(id)) return false;
    this.#size--;
    // The slot's next deadline may now be too early: then advance() finds nothing once, and corrects it.
    if (entries.size === 0) this.#dropSlot(slot);
    return true;
  }

  #dropSlot(slot: number): void {
    this.#slots[slot] = null;
    this.#slotNextMs[slot] = NO_DEADLINE;
    if (this.#size === 0) this.#nextMs = NO_DEADLINE;
  }

  #advance(wholeMs: number, restNs: number, expire: ExpireHandler): void {
    if (wholeMs < this.#nextMs) return;
    const expired: number[] = [];
    const nowSlotNumber = Math.floor(wholeMs / this.#slotMs);
    const nowRest = (wholeMs - nowSlotNumber * this.#slotMs) * NS_PER_MS + restNs;
    let nextMs = NO_DEADLINE;
    for (let slot = 0; slot < SLOTS; slot++) {
      if ((this.#slotNextMs[slot] as number) <= wholeMs) {
        const turn = Math.floor((nowSlotNumber - slot) / SLOTS);
        const isNowSlot = turn * SLOTS + slot === nowSlotNumber;
        this.#takeExpired(slot, turn * this.#slotNs + (isNowSlot ? nowRest : this.#slotNs - 1), expired);
      }
      nextMs = Math.min(nextMs, this.#slotNextMs[slot] as number);
    }
    this.#nextMs = nextMs;
    // Only now: the handler may insert into any slot.
    for (const id of expired) expire(id);
  }

  /** Moves what is kept with `limit` or less from the slot to `expired`, and finds the slot's next deadline. */
  #takeExpired(slot: number, limit: number, expired: number[]): void {
    const entries = this.#slots[slot] as Map<number, number>;
    let least = NO_DEADLINE;
    for (const [id, kept] of entries) {
      if (kept <= limit) {
        entries.delete(id);
        expired.push(id);
        this.#size--;
      } else if (kept < least) {
        least = kept;
      }
    }
    if (entries.size === 0) this.#dropSlot(slot);
    else this.#slotNextMs[slot] = this.#wholeMsOf(slot, least);
  }

  #wholeMsOf(slot: number, kept: number): number {
    const turn = Math.floor(kept / this.#slotNs);
    const rest = kept - turn * this.#slotNs;
    return (turn * SLOTS + slot) * this.#slotMs + Math.floor(rest / NS_PER_MS);
  }

  /** `stamp`: what the owner wants back from decode(); the reference writes the last sequence + 1. */
  encode(to: ByteWriter, stamp: number): void {
    to.u8(VERSION);
    to.u64(this.#size);
    to.u64(stamp);
    const slotNs = BigInt(this.#slotNs);
    for (const [slot, entries] of this.#slots.entries()) {
      if (entries === null) continue;
      for (const [id, kept] of entries) {
        const turn = Math.floor(kept / this.#slotNs);
        to.varintBig(BigInt(turn * SLOTS + slot) * slotNs + BigInt(kept - turn * this.#slotNs));
        to.uvarint(id);
      }
    }
  }

  /**
   * Puts the encoded entries in place of those in the wheel and returns the stamp. Throws the reader's ByteError where
   * the bytes end too soon, and then the wheel is to be cleared.
   */
  decode(from: ByteReader): Parsed<number> {
    const version = from.u8();
    if (version !== VERSION) return refused(`A timer wheel of unknown version ${version}`);
    const count = from.u64();
    const stamp = from.u64();
    this.clear();
    for (let i = 0; i < count; i++) {
      const deadline = from.varintBig();
      const id = from.uvarint();
      if (deadline < 0n) return refused('A timer wheel with a deadline before 1970');
      this.insertNanos(id, Number(deadline >> 32n), Number(BigInt.asUintN(32, deadline)));
    }
    return parsed(stamp);
  }
}

/** The nanoseconds beyond the whole milliseconds: the difference of two numbers modulo 2^32, as it is below 10^6. */
function restNsOf(low: number, wholeMs: number): number {
  const lowOfMs = Math.imul(wholeMs % TWO_32, NS_PER_MS) >>> 0;
  return (low - lowOfMs) >>> 0;
}
