// Which message comes next for a consumer's filters, and how many are left: the cursor, the list that a
// last_per_subject consumer starts with, and the pending count that goes with both. Pure against the store's index; it
// reads no message.
import { assert } from '../../base/assert.ts';
import type { StoreFilter, StreamStore } from '../../store/stream_store.ts';
import { PendingCount } from './pending_count.ts';

/** find(): nothing stored is left for this consumer. */
export const NEXT_NONE = 0;
/** find(): there is a message, but it is not on disk yet. */
export const NEXT_NOT_DURABLE = -1;

export class NextMessage {
  readonly #store: StreamStore;
  #filter: StoreFilter | null;
  readonly #count: PendingCount;
  /** The next message to deliver is at or behind this sequence. */
  #cursor: number;
  /** Known answer for the cursor: a sequence >= cursor; 0 when it must be looked for. */
  #found = 0;
  /** While the stream ends here there is nothing at or behind the cursor. */
  #nothingUpTo = -1;
  /** What is left of the list of last messages per subject, ascending; null when normal reading goes on. */
  #list: readonly number[] | null = null;
  #listAt = 0;
  /** How many of the rest of the list are still stored. */
  #listStored = 0;
  /** Where normal reading goes on behind the list. */
  #resumeAt = 0;
  /** The list as it was before the last delivery, which may be taken back. */
  #listBefore: readonly number[] | null = null;

  constructor(store: StreamStore, filter: StoreFilter | null, cursor: number) {
    this.#store = store;
    this.#filter = filter;
    this.#cursor = cursor;
    this.#count = new PendingCount(store, filter);
    this.#count.reset(filter, cursor);
  }

  /** Delivers these first (ascending), then everything behind `resumeBehind`. */
  startWithList(list: readonly number[], resumeBehind: number): void {
    this.#list = list.length > 0 ? list : null;
    this.#listAt = 0;
    this.#listStored = list.length;
    this.#cursor = list.length > 0 ? (list[0] as number) : resumeBehind + 1;
    this.#resumeAt = resumeBehind + 1;
    this.#count.reset(this.#filter, this.#resumeAt);
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** num_pending. */
  get pending(): number {
    return this.#count.value + this.#listStored;
  }

  /** The sequence to deliver next, or NEXT_NONE or NEXT_NOT_DURABLE. */
  find(): number {
    const store = this.#store;
    const sequence = this.#list !== null ? (this.#list[this.#listAt] as number) : this.#findBehindCursor();
    if (sequence === NEXT_NONE) return NEXT_NONE;
    return sequence <= store.sequenceDurable ? sequence : NEXT_NOT_DURABLE;
  }

  /** The message that find() gave is delivered. */
  delivered(sequence: number): void {
    if (this.#list !== null) {
      this.#listStored--;
      this.#advanceList(sequence);
      return;
    }
    assert(sequence >= this.#cursor, 'Deliveries go forward');
    this.#cursor = sequence + 1;
    this.#found = 0;
    this.#count.delivered(sequence);
  }

  /** Takes the last delivered() back: nobody got it. `cursor` is what it was before. */
  undoDelivered(sequence: number, cursor: number): void {
    this.#cursor = cursor;
    if (sequence < this.#resumeAt) {
      this.#list = this.#listBefore;
      this.#listAt--;
      this.#listStored++;
      return;
    }
    this.#found = sequence;
    this.#count.undoDelivered(sequence);
  }

  /** The message that find() gave is not stored (any more): what comes behind it is looked for. */
  missing(sequence: number): void {
    if (this.#list !== null) {
      // removed() took it off the count.
      this.#advanceList(sequence);
    } else {
      this.#found = this.#store.nextSequence(this.#filter, sequence + 1);
      if (this.#found === 0) this.#reachedEnd();
    }
  }

  /** One message left the stream. */
  removed(sequence: number, subjectId: number): void {
    this.#count.removed(sequence, subjectId);
    if (this.#found === sequence) this.#found = 0;
    const list = this.#list;
    if (list === null || sequence >= this.#resumeAt || this.#listStored === 0) return;
    if (indexOf(list, this.#listAt, sequence) >= 0) this.#listStored--;
  }

  /** Many left at once. True when messages that this consumer would have got are gone, and the cursor moved past them. */
  purged(): boolean {
    const filter = this.#filter;
    const known = this.#count.known;
    const cursor = this.#cursor;
    this.changeFilter(filter);
    if (filter === null) return this.#cursor > cursor;
    if (this.#list !== null) return false;
    const next = this.#store.nextSequence(filter, this.#cursor);
    // Where nobody counted before, only an empty rest is a sure sign.
    if (known < 0 ? next > 0 : this.#count.value >= known) return false;
    this.#cursor = next > 0 ? next : this.#store.state.sequenceLast + 1;
    this.#count.reset(filter, this.#cursor);
    return this.#cursor > cursor;
  }

  changeFilter(filter: StoreFilter | null): void {
    this.#filter = filter;
    this.#found = 0;
    this.#nothingUpTo = -1;
    if (this.#list !== null) this.#recountList();
    const first = this.#store.state.sequenceFirst;
    if (this.#cursor < first) this.#cursor = first;
    this.#count.reset(filter, this.#list === null ? this.#cursor : this.#resumeAt);
  }

  /** Goes on at `cursor`, forward or back. */
  seek(cursor: number): void {
    this.#list = null;
    this.#listStored = 0;
    this.#cursor = cursor;
    this.#found = 0;
    this.#nothingUpTo = -1;
    this.#count.reset(this.#filter, cursor);
  }

  #findBehindCursor(): number {
    if (this.#found !== 0) return this.#found;
    const last = this.#store.state.sequenceLast;
    if (this.#cursor > last || this.#nothingUpTo === last) return NEXT_NONE;
    // Without a filter the cursor itself is nearly always it: read() finds out when it is not.
    this.#found = this.#filter === null ? this.#cursor : this.#store.nextSequence(this.#filter, this.#cursor);
    if (this.#found === 0) this.#reachedEnd();
    return this.#found;
  }

  #reachedEnd(): void {
    const last = this.#store.state.sequenceLast;
    this.#nothingUpTo = last;
    // Compat: at the end the cursor moves past what did not match, which heartbeats show.
    if (this.#cursor <= last) this.#cursor = last + 1;
    this.#count.nothingLeft();
  }

  #advanceList(sequence: number): void {
    const list = this.#list as readonly number[];
    this.#listBefore = list;
    this.#listAt++;
    this.#cursor = sequence + 1;
    if (this.#listAt === list.length) {
      this.#list = null;
      this.#listStored = 0;
      this.#cursor = this.#resumeAt;
    }
  }

  #recountList(): void {
    const list = (this.#list as readonly number[]).slice(this.#listAt);
    const kept = list.filter((sequence) => {
      const subjectId = this.#store.subjectIdOf(sequence);
      return subjectId >= 0 && (this.#filter === null || this.#filter.has(subjectId));
    });
    this.#listStored = kept.length;
    this.#listAt = 0;
    this.#list = kept.length > 0 ? kept : null;
    if (kept.length === 0) this.#cursor = this.#resumeAt;
  }
}

/** Where `sequence` is in the ascending list, from `from` on; -1 when it is not. */
function indexOf(list: readonly number[], from: number, sequence: number): number {
  let low = from;
  let high = list.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const value = list[middle] as number;
    if (value === sequence) return middle;
    if (value < sequence) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
