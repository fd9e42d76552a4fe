// The messages of one consumer that were delivered and not acknowledged yet: a ring of typed arrays in the order of
// first delivery, which is ascending by stream sequence. It knows slots and holes, not policies: ack_state.ts moves the
// floors, redelivery.ts reads the deadlines. It allocates only when it grows.
//
//   head                                    head + length
//   | live | hole | live | queued | hole | live |          a hole is an acknowledged entry behind an older live one
import { assert } from '../../base/assert.ts';

const CAPACITY_MIN = 16;
const NO_DOUBLES = new Float64Array(0);
/** Beyond this an emptied window gives its memory back. */
const CAPACITY_KEPT_MAX = 16_384;

const HOLE = 0;
const LIVE = 1;
/** Live, and waiting in the redelivery queue. */
const QUEUED = 2;

export class PendingWindow {
  /** By slot. A hole keeps its sequence, so that the order stays searchable. */
  sequences: Float64Array = NO_DOUBLES;
  /** Consumer sequence of the first delivery; redeliveries do not change it. */
  consumerSequences: Float64Array = NO_DOUBLES;
  /** Monotonic milliseconds of the newest delivery, moved by progress and NAK delays. */
  stampsMs: Float64Array = NO_DOUBLES;
  /** Of those that wait in the redelivery queue: which entry there is theirs. */
  tickets: Float64Array = NO_DOUBLES;
  /** Deliveries beyond the first. */
  redeliveries: Uint32Array = new Uint32Array(0);
  #flags: Uint8Array = new Uint8Array(0);
  /** Capacity - 1: a server may have very many consumers that never have anything pending. */
  #mask = -1;
  /** Invariant: the slot at `#head` is live unless the window is empty. */
  #head = 0;
  #length = 0;
  #live = 0;
  #queued = 0;

  /** Messages waiting for their acknowledgement. */
  get live(): number {
    return this.#live;
  }

  /** Live ones that wait in the redelivery queue. */
  get queued(): number {
    return this.#queued;
  }

  /** Live ones and holes: positions 0..length-1 are walked with slotAt(). */
  get length(): number {
    return this.#length;
  }

  slotAt(position: number): number {
    return (this.#head + position) & this.#mask;
  }

  /** The oldest live entry; -1 when empty. */
  first(): number {
    return this.#live === 0 ? -1 : this.#head;
  }

  isLive(slot: number): boolean {
    return this.#flags[slot] !== HOLE;
  }

  isQueued(slot: number): boolean {
    return this.#flags[slot] === QUEUED;
  }

  setQueued(slot: number, queued: boolean): void {
    assert(this.#flags[slot] !== HOLE, 'Only a pending message can be queued for redelivery');
    const flag = queued ? QUEUED : LIVE;
    if (this.#flags[slot] === flag) return;
    this.#flags[slot] = flag;
    this.#queued += queued ? 1 : -1;
  }

  /** The slot of a pending message; -1 when it is not pending. */
  find(sequence: number): number {
    const length = this.#length;
    if (length === 0) return -1;
    const sequences = this.sequences;
    const offset = sequence - (sequences[this.#head] as number);
    if (offset < 0) return -1;
    // Sequences ascend, so entry number `offset` is at or beyond what we look for: usually it is the one.
    let low = 0;
    let high = offset < length ? offset : length - 1;
    let slot = (this.#head + high) & this.#mask;
    if (sequences[slot] === sequence) return this.#flags[slot] === HOLE ? -1 : slot;
    while (low < high) {
      const middle = (low + high) >>> 1;
      slot = (this.#head + middle) & this.#mask;
      if ((sequences[slot] as number) < sequence) low = middle + 1;
      else high = middle;
    }
    slot = (this.#head + low) & this.#mask;
    return sequences[slot] === sequence && this.#flags[slot] !== HOLE ? slot : -1;
  }

  append(sequence: number, consumerSequence: number, stampMs: number): number {
    if (this.#length > this.#mask) this.#makeRoom();
    const slot = (this.#head + this.#length) & this.#mask;
    if (this.#length > 0) {
      const before = (slot - 1) & this.#mask;
      assert((this.sequences[before] as number) < sequence, 'First deliveries ascend by stream sequence');
    }
    this.sequences[slot] = sequence;
    this.consumerSequences[slot] = consumerSequence;
    this.stampsMs[slot] = stampMs;
    this.redeliveries[slot] = 0;
    this.#flags[slot] = LIVE;
    this.#length++;
    this.#live++;
    return slot;
  }

  remove(slot: number): void {
    assert(this.#flags[slot] !== HOLE, 'Only a pending message can be removed');
    if (this.#flags[slot] === QUEUED) this.#queued--;
    this.#flags[slot] = HOLE;
    this.#live--;
    if (this.#live === 0) {
      this.clear();
    } else if (slot === this.#head) {
      const flags = this.#flags;
      const mask = this.#mask;
      let head = slot;
      let length = this.#length;
      do {
        head = (head + 1) & mask;
        length--;
      } while (flags[head] === HOLE);
      this.#head = head;
      this.#length = length;
    }
  }

  /** Takes back the last append, whose message nobody got. */
  undoAppend(): void {
    const slot = (this.#head + this.#length - 1) & this.#mask;
    assert(this.#length > 0 && this.#flags[slot] === LIVE, 'The newest entry is still pending');
    this.#flags[slot] = HOLE;
    this.#live--;
    this.#length--;
    if (this.#live === 0) this.clear();
  }

  clear(): void {
    if (this.#mask >= CAPACITY_KEPT_MAX) {
      this.#allocate(CAPACITY_MIN);
    } else if (this.#live > 0) {
      this.#flags.fill(HOLE);
    }
    this.#head = 0;
    this.#length = 0;
    this.#live = 0;
    this.#queued = 0;
  }

  /** Amortised: copying happens after at least a quarter of the capacity was appended since the last time. */
  #makeRoom(): void {
    const capacity = this.#mask + 1;
    const sequences = this.sequences;
    const consumerSequences = this.consumerSequences;
    const stampsMs = this.stampsMs;
    const tickets = this.tickets;
    const redeliveries = this.redeliveries;
    const flags = this.#flags;
    const head = this.#head;
    const length = this.#length;
    const mask = this.#mask;
    if (capacity === 0) this.#allocate(CAPACITY_MIN);
    else this.#allocate(this.#live * 4 > capacity * 3 ? capacity * 2 : capacity);
    let count = 0;
    for (let i = 0; i < length; i++) {
      const from = (head + i) & mask;
      if (flags[from] === HOLE) continue;
      this.sequences[count] = sequences[from] as number;
      this.consumerSequences[count] = consumerSequences[from] as number;
      this.stampsMs[count] = stampsMs[from] as number;
      this.tickets[count] = tickets[from] as number;
      this.redeliveries[count] = redeliveries[from] as number;
      this.#flags[count] = flags[from] as number;
      count++;
    }
    assert(count === this.#live, 'The number of live entries is counted right');
    this.#head = 0;
    this.#length = count;
  }

  #allocate(capacity: number): void {
    this.sequences = new Float64Array(capacity);
    this.consumerSequences = new Float64Array(capacity);
    this.stampsMs = new Float64Array(capacity);
    this.tickets = new Float64Array(capacity);
    this.redeliveries = new Uint32Array(capacity);
    this.#flags = new Uint8Array(capacity);
    this.#mask = capacity - 1;
  }
}
