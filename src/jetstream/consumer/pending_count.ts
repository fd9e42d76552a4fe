// num_pending: how many stored messages this consumer has not been given yet. It goes with every delivered message, so
// it must be right at all times and cost nothing.
//
// Without a filter it is arithmetic: what the stream stores, minus what it stores before the consumer's cursor. With a
// filter, new messages are counted when somebody asks: each once, by its subject's number.
import type { StoreFilter, StreamStore } from '../../store/stream_store.ts';

/** A longer stretch of uncounted messages is asked from the store's own totals. */
const COUNT_ONE_BY_ONE_MAX = 16_384;

export class PendingCount {
  readonly #store: StreamStore;
  #filter: StoreFilter | null;
  /** Whether somebody asked since the last reset: consumers that nobody uses cost no counting. */
  #isKnown = false;
  /** First sequence that is not yet delivered or skipped. */
  #cursor = 0;
  /** Without filter: messages stored below the cursor. */
  #below = 0;
  /** With filter: messages that pass, from the cursor to `#countedTo`. */
  #counted = 0;
  #countedTo = 0;

  constructor(store: StreamStore, filter: StoreFilter | null) {
    this.#store = store;
    this.#filter = filter;
  }

  /** Starts over at `cursor`. */
  reset(filter: StoreFilter | null, cursor: number): void {
    this.#filter = filter;
    this.#cursor = cursor;
    this.#isKnown = false;
  }

  get value(): number {
    if (!this.#isKnown) this.#count();
    if (this.#filter === null) return Math.max(0, this.#store.state.messages - this.#below);
    if (this.#countedTo < this.#store.state.sequenceLast) this.#catchUp(this.#filter);
    return this.#counted;
  }

  /** With a filter: the count without what was stored since somebody asked; -1 when nobody did. */
  get known(): number {
    return this.#isKnown ? this.#counted : -1;
  }

  /** A message that counted was delivered: the cursor is behind it now. */
  delivered(sequence: number): void {
    this.#cursor = sequence + 1;
    if (!this.#isKnown) return;
    if (this.#filter === null) this.#below++;
    else if (sequence <= this.#countedTo && this.#counted > 0) this.#counted--;
    else if (sequence > this.#countedTo) this.#countedTo = sequence;
  }

  undoDelivered(sequence: number): void {
    this.#cursor = sequence;
    if (!this.#isKnown) return;
    if (this.#filter === null) this.#below--;
    else this.#counted++;
  }

  /** A message left the stream; the store does not count it any more. */
  removed(sequence: number, subjectId: number): void {
    if (!this.#isKnown) return;
    if (this.#filter === null) {
      if (sequence < this.#cursor) this.#below--;
    } else if (sequence >= this.#cursor && sequence <= this.#countedTo && this.#filter.has(subjectId)) {
      this.#counted--;
    }
  }

  /** There is nothing to deliver: whatever the count says (damage can make it wrong) is set right. */
  nothingLeft(): void {
    if (this.#filter === null) this.#below = this.#store.state.messages;
    else this.#counted = 0;
    this.#countedTo = this.#store.state.sequenceLast;
    this.#cursor = this.#countedTo + 1;
    this.#isKnown = true;
  }

  /** By the store's totals. */
  #count(): void {
    const count = this.#store.count(this.#filter, this.#cursor, false);
    this.#counted = count;
    this.#countedTo = this.#store.state.sequenceLast;
    this.#below = this.#store.state.messages - count;
    this.#isKnown = true;
  }

  #catchUp(filter: StoreFilter): void {
    const store = this.#store;
    const last = store.state.sequenceLast;
    const from = Math.max(this.#countedTo + 1, this.#cursor);
    if (last - from >= COUNT_ONE_BY_ONE_MAX) {
      this.#counted = store.count(filter, this.#cursor, false);
    } else {
      for (let sequence = from; sequence <= last; sequence++) {
        const subjectId = store.subjectIdOf(sequence);
        if (subjectId >= 0 && filter.has(subjectId)) this.#counted++;
      }
    }
    this.#countedTo = last;
  }
}
