// What a consumer delivered and what was acknowledged: sequences, floors, pending messages, redelivery counts. Pure:
// time comes in as a number, nothing is sent or saved here. consumer.ts drives it, redelivery.ts shares its window,
// and the consumer's store writes what snapshot() says.
import { assert } from '../../base/assert.ts';
import type { ConsumerState, PendingDelivery } from '../../store/consumer_store.ts';
import { PendingWindow } from './pending_window.ts';

/** `all` also serves acknowledgement by flow control, which differs only in how the acknowledgement arrives. */
export type AckMode = 'none' | 'explicit' | 'all';

export class AckState {
  readonly mode: AckMode;
  readonly window: PendingWindow = new PendingWindow();
  /**
   * Messages given up after their last delivery, with their redelivery count: no longer pending, yet neither
   * acknowledged, so a stream with interest keeps them. Invariant: disjoint from the window.
   */
  readonly #exhausted = new Map<number, number>();
  /** Consumer sequence of the newest delivery; 0 before the first. */
  #deliveredConsumer = 0;
  /** Highest stream sequence delivered (or one before the start). */
  #deliveredStream = 0;
  /** Everything up to the floors is acknowledged or gone. Invariant: floors <= delivered. */
  #floorConsumer = 0;
  #floorStream = 0;
  /** Pending messages with at least one redelivery. */
  #redeliveredPending = 0;

  constructor(mode: AckMode) {
    this.mode = mode;
  }

  get deliveredConsumer(): number {
    return this.#deliveredConsumer;
  }

  get deliveredStream(): number {
    return this.#deliveredStream;
  }

  get floorConsumer(): number {
    return this.#floorConsumer;
  }

  get floorStream(): number {
    return this.#floorStream;
  }

  get pending(): number {
    return this.window.live;
  }

  /** How many messages have a redelivery count, given up ones included. */
  get redelivered(): number {
    return this.#redeliveredPending + this.#exhausted.size;
  }

  /** The next delivery starts behind `sequence`, with nothing pending and the consumer sequence at 1. */
  startAfter(sequence: number): void {
    this.window.clear();
    this.#exhausted.clear();
    this.#redeliveredPending = 0;
    this.#deliveredConsumer = 0;
    this.#floorConsumer = 0;
    this.#deliveredStream = sequence;
    this.#floorStream = sequence;
  }

  // --- deliveries --------------------------------------------------------------------------------------------------

  /** A first delivery. Returns its slot, -1 when no acknowledgement is expected. */
  deliver(sequence: number, nowMs: number): number {
    assert(sequence > this.#deliveredStream, 'First deliveries ascend');
    this.#deliveredConsumer++;
    this.#deliveredStream = sequence;
    if (this.mode === 'none') {
      this.#floorConsumer = this.#deliveredConsumer;
      this.#floorStream = sequence;
      return -1;
    }
    return this.window.append(sequence, this.#deliveredConsumer, nowMs);
  }

  /** Takes the last deliver() back: nobody got it. `deliveredStream` is what it was before. */
  undoDeliver(deliveredStream: number): void {
    this.#deliveredConsumer--;
    this.#deliveredStream = deliveredStream;
    if (this.mode === 'none') {
      this.#floorConsumer = this.#deliveredConsumer;
      this.#floorStream = deliveredStream;
    } else {
      this.window.undoAppend();
    }
  }

  /** One more delivery of a pending message. */
  redeliver(slot: number, nowMs: number): void {
    this.#deliveredConsumer++;
    const window = this.window;
    if (window.redeliveries[slot] === 0) this.#redeliveredPending++;
    window.redeliveries[slot] = (window.redeliveries[slot] as number) + 1;
    window.stampsMs[slot] = nowMs;
  }

  /** Takes the last redeliver() back. `stampMs` is what it was before. */
  undoRedeliver(slot: number, stampMs: number): void {
    this.#deliveredConsumer--;
    const window = this.window;
    window.redeliveries[slot] = (window.redeliveries[slot] as number) - 1;
    if (window.redeliveries[slot] === 0) this.#redeliveredPending--;
    window.stampsMs[slot] = stampMs;
  }

  // --- acknowledgements --------------------------------------------------------------------------------------------

  /** One message is done with. False when it was not pending (acknowledged before, or never delivered). */
  acknowledge(sequence: number): boolean {
    if (this.#exhausted.size > 0) this.#exhausted.delete(sequence);
    const slot = this.window.find(sequence);
    if (slot < 0) return false;
    this.#removePending(slot);
    return true;
  }

  /**
   * Everything up to `sequence` is done with. Calls back for each pending message this removes, oldest first. False
   * when the floor is there already.
   */
  acknowledgeUpTo(sequence: number, consumerSequence: number, removed: (sequence: number) => void): boolean {
    if (sequence <= this.#floorStream || consumerSequence <= this.#floorConsumer) return false;
    const window = this.window;
    this.#floorStream = Math.min(sequence, this.#deliveredStream);
    this.#floorConsumer = Math.min(consumerSequence, this.#deliveredConsumer);
    for (let slot = window.first(); slot >= 0; slot = window.first()) {
      const pending = window.sequences[slot] as number;
      if (pending > sequence) break;
      if ((window.redeliveries[slot] as number) > 0) this.#redeliveredPending--;
      window.remove(slot);
      removed(pending);
    }
    for (const exhausted of this.#exhausted.keys()) if (exhausted <= sequence) this.#exhausted.delete(exhausted);
    return true;
  }

  /**
   * No further delivery of a pending message: its deliveries are used up. `redeliveries` is the count it keeps.
   * Compat: filestore.go, UpdateDelivered: the floors stay where they are until the next acknowledgement.
   */
  exhaust(slot: number, redeliveries: number): void {
    const sequence = this.window.sequences[slot] as number;
    if ((this.window.redeliveries[slot] as number) > 0) this.#redeliveredPending--;
    this.window.remove(slot);
    this.#exhausted.set(sequence, redeliveries);
  }

  /** A message left the stream. True when it was pending. */
  forget(sequence: number): boolean {
    return this.acknowledge(sequence);
  }

  /** Nothing below `sequence` is stored any more. */
  forgetExhaustedBelow(sequence: number): void {
    for (const exhausted of this.#exhausted.keys()) if (exhausted < sequence) this.#exhausted.delete(exhausted);
  }

  isExhausted(sequence: number): boolean {
    return this.#exhausted.has(sequence);
  }

  /**
   * Messages went by a purge and the pending ones among them were forgotten: what lies before `cursor` counts as
   * delivered.
   */
  skipTo(cursor: number): void {
    if (this.#deliveredStream < cursor - 1) this.#deliveredStream = cursor - 1;
    if (this.window.live === 0) this.#floorToDelivered();
  }

  /** Whether a message below the next one to deliver still waits for this consumer. */
  needs(sequence: number): boolean {
    if (this.#exhausted.has(sequence)) return true;
    if (sequence <= this.#floorStream) return false;
    return this.mode === 'explicit' ? this.window.find(sequence) >= 0 : true;
  }

  // --- saving and restoring ----------------------------------------------------------------------------------------

  /** `nowMs` and `nowRealMs` are the same moment on both clocks. */
  snapshot(nowMs: number, nowRealMs: number): ConsumerState {
    const window = this.window;
    const pending: PendingDelivery[] = [];
    const redelivered = new Map<number, number>(this.#exhausted);
    for (let i = 0; i < window.length; i++) {
      const slot = window.slotAt(i);
      if (!window.isLive(slot)) continue;
      const sequence = window.sequences[slot] as number;
      const consumerSequence = window.consumerSequences[slot] as number;
      const deliveredMs = Math.round(nowRealMs - nowMs + (window.stampsMs[slot] as number));
      pending.push({ sequence, consumerSequence, deliveredMs });
      const redeliveries = window.redeliveries[slot] as number;
      if (redeliveries > 0) redelivered.set(sequence, redeliveries);
    }
    return {
      deliveredConsumer: this.#deliveredConsumer,
      deliveredStream: this.#deliveredStream,
      ackFloorConsumer: this.#floorConsumer,
      ackFloorStream: this.#floorStream,
      pending,
      redelivered,
    };
  }

  /**
   * Takes up a saved state. Where the stream lost its newest messages (`sequenceLast` is below what was delivered) the
   * consumer goes back with it, so that what is stored next is not skipped.
   */
  restore(state: ConsumerState, sequenceLast: number, nowMs: number, nowRealMs: number): void {
    this.startAfter(0);
    this.#deliveredConsumer = state.deliveredConsumer;
    this.#deliveredStream = Math.min(state.deliveredStream, sequenceLast);
    this.#floorConsumer = Math.min(state.ackFloorConsumer, state.deliveredConsumer);
    this.#floorStream = Math.min(state.ackFloorStream, this.#deliveredStream);
    if (this.mode !== 'none') {
      for (const entry of state.pending) {
        if (entry.sequence <= this.#floorStream || entry.sequence > this.#deliveredStream) continue;
        const slot = this.window.append(entry.sequence, entry.consumerSequence, nowMs + entry.deliveredMs - nowRealMs);
        const redeliveries = state.redelivered.get(entry.sequence) ?? 0;
        this.window.redeliveries[slot] = redeliveries;
        if (redeliveries > 0) this.#redeliveredPending++;
      }
    }
    for (const [sequence, redeliveries] of state.redelivered) {
      if (sequence <= sequenceLast && this.window.find(sequence) < 0) this.#exhausted.set(sequence, redeliveries);
    }
  }

  #removePending(slot: number): void {
    const window = this.window;
    const wasFirst = slot === window.first();
    if ((window.redeliveries[slot] as number) > 0) this.#redeliveredPending--;
    window.remove(slot);
    const first = window.first();
    if (first < 0) {
      this.#floorToDelivered();
    } else if (wasFirst) {
      // Redeliveries use consumer sequences too: all of them below the oldest pending one are done with.
      this.#raiseFloor((window.consumerSequences[first] as number) - 1, (window.sequences[first] as number) - 1);
    }
  }

  #floorToDelivered(): void {
    this.#raiseFloor(this.#deliveredConsumer, this.#deliveredStream);
  }

  #raiseFloor(consumerSequence: number, sequence: number): void {
    if (consumerSequence > this.#floorConsumer) this.#floorConsumer = consumerSequence;
    if (sequence > this.#floorStream) this.#floorStream = sequence;
  }
}
