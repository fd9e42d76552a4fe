// When a pending message is delivered again: deadlines from ack_wait or backoff, NAKs with and without delay, and the
// queue of those whose time has come. Pure and monotonic: the caller brings the time, asks `checkAtMs` when to call
// check(), and takes sequences from the queue when it can deliver.
//
// Deadlines are not kept in a second structure: each entry's newest delivery time is in the pending window, and one
// scan over those arrays finds who is due and when the next one is. A scan of n entries is followed by a pause of
// n / SCAN_ENTRIES_PER_MS, so that it never costs more than some percent of the time.
import { assert } from '../../base/assert.ts';
import type { AckState } from './ack_state.ts';
import type { PendingWindow } from './pending_window.ts';

/** A check waits this long behind the deadline, so that a burst is treated as one. Compat: consumer.go, ackWaitDelay. */
const SLACK_MS = 1;
/** A million pending messages are scanned every 50 ms at most. */
const SCAN_ENTRIES_PER_MS = 20_000;
const QUEUE_CAPACITY_MIN = 16;

export interface RedeliveryTimes {
  readonly ackWaitMs: number;
  /** Empty: every wait is `ackWaitMs`. */
  readonly backoffMs: readonly number[];
}

export class Redelivery {
  readonly #state: AckState;
  readonly #window: PendingWindow;
  #times: RedeliveryTimes;
  /** The earliest moment at which a pending message may be due; Infinity when none is pending. */
  #checkAtMs = Number.POSITIVE_INFINITY;
  /** No check before this. */
  #restUntilMs = Number.NEGATIVE_INFINITY;
  /**
   * Sequences in the order of delivery, each with a ticket, which are numbered through. An entry is stale unless its message
   * waits with this very ticket: one that left the queue and came back has its place at the end, not the old one.
   */
  #queue: Float64Array = new Float64Array(0);
  #queueHead = 0;
  #queueLength = 0;
  /** Ticket of the entry at the head. */
  #headTicket = 0;

  constructor(state: AckState, times: RedeliveryTimes) {
    this.#state = state;
    this.#window = state.window;
    this.#times = times;
  }

  get queued(): number {
    return this.#window.queued;
  }

  get checkAtMs(): number {
    return Math.max(this.#checkAtMs, this.#restUntilMs);
  }

  update(times: RedeliveryTimes, nowMs: number): void {
    this.#times = times;
    if (this.#state.pending > 0) this.#checkAtMs = nowMs;
  }

  /** How long the message in `slot` waits for its acknowledgement, by the number of its deliveries. */
  waitMs(slot: number): number {
    const backoff = this.#times.backoffMs;
    if (backoff.length === 0) return this.#times.ackWaitMs;
    const at = Math.min(this.#window.redeliveries[slot] as number, backoff.length - 1);
    return backoff[at] as number;
  }

  /** The message in `slot` was just delivered (or said to be in progress). */
  delivered(slot: number, nowMs: number): void {
    const dueMs = nowMs + this.waitMs(slot) + SLACK_MS;
    if (dueMs < this.#checkAtMs) this.#checkAtMs = dueMs;
  }

  /** What is pending was just restored: its clients get until `graceUntilMs` to come back with acknowledgements. */
  restored(graceUntilMs: number): void {
    if (this.#state.pending === 0) return;
    this.#checkAtMs = graceUntilMs;
    this.#restUntilMs = graceUntilMs;
  }

  /** When the last of the pending messages is due; -Infinity when none is pending. */
  latestDueMs(): number {
    const window = this.#window;
    let latest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < window.length; i++) {
      const slot = window.slotAt(i);
      if (window.isLive(slot)) latest = Math.max(latest, (window.stampsMs[slot] as number) + this.waitMs(slot));
    }
    return latest;
  }

  progress(slot: number, nowMs: number): void {
    this.#window.stampsMs[slot] = nowMs;
    this.delivered(slot, nowMs);
  }

  /** Not before `delayMs` from now; a message already queued leaves the queue. */
  delay(slot: number, delayMs: number, nowMs: number): void {
    this.unqueue(slot);
    this.#window.stampsMs[slot] = nowMs + delayMs - this.waitMs(slot);
    this.delivered(slot, nowMs + delayMs - this.waitMs(slot));
  }

  /**
   * Queues what is due. Due messages that were delivered `deliveriesMax` times already (0 is no limit) are given up
   * instead, and `givenUp` is told of each. Returns how many were queued.
   */
  check(nowMs: number, deliveriesMax: number, givenUp: (sequence: number, deliveries: number) => void): number {
    const window = this.#window;
    let next = Number.POSITIVE_INFINITY;
    const before = window.queued;
    let exhausted: number[] | null = null;
    for (let i = 0; i < window.length; i++) {
      const slot = window.slotAt(i);
      if (!window.isLive(slot) || window.isQueued(slot)) continue;
      const dueMs = (window.stampsMs[slot] as number) + this.waitMs(slot);
      if (dueMs > nowMs) {
        if (dueMs < next) next = dueMs;
      } else if (deliveriesMax > 0 && this.#countAsOf(slot) >= deliveriesMax) {
        exhausted ??= [];
        exhausted.push(slot);
      } else {
        this.#push(slot);
      }
    }
    this.#checkAtMs = next + SLACK_MS;
    this.#restUntilMs = nowMs + window.length / SCAN_ENTRIES_PER_MS;
    // Behind the walk: removing entries moves the window's head.
    if (exhausted !== null) for (const slot of exhausted) this.#giveUp(slot, this.#countAsOf(slot), givenUp);
    return window.queued - before;
  }

  /** Deliver again as soon as possible. */
  queue(slot: number): void {
    if (!this.#window.isQueued(slot)) this.#push(slot);
  }

  /** Queues everything pending, oldest first. */
  queueAll(): void {
    const window = this.#window;
    for (let i = 0; i < window.length; i++) {
      const slot = window.slotAt(i);
      if (window.isLive(slot)) this.queue(slot);
    }
  }

  unqueue(slot: number): void {
    this.#window.setQueued(slot, false);
  }

  clear(): void {
    this.#queueHead = 0;
    this.#queueLength = 0;
    this.#checkAtMs = Number.POSITIVE_INFINITY;
  }

  /** The slot of the next message to deliver again, which stays queued until unqueue(); -1 when there is none. */
  peek(): number {
    if (this.#window.queued === 0) {
      this.#queueLength = 0;
      return -1;
    }
    for (;;) {
      assert(this.#queueLength > 0, 'Every queued message is in the queue');
      const slot = this.#slotOf(this.#queue[this.#queueHead] as number, this.#headTicket);
      if (slot >= 0) return slot;
      this.#queueHead = (this.#queueHead + 1) & (this.#queue.length - 1);
      this.#queueLength--;
      this.#headTicket++;
    }
  }

  /**
   * Compat: consumer.go, deliveryCount: a message counts one delivery until its second redelivery. So with a limit above
   * one the last deadline still queues it, and it is given up when its turn comes (maybeGiveUp).
   */
  #countAsOf(slot: number): number {
    return Math.max(1, this.#window.redeliveries[slot] as number);
  }

  /** Whether the message at the head of the queue has used up its deliveries; it is then gone. */
  maybeGiveUp(slot: number, deliveriesMax: number, givenUp: (sequence: number, deliveries: number) => void): boolean {
    const redeliveries = this.#window.redeliveries[slot] as number;
    if (deliveriesMax === 0 || redeliveries + 2 <= deliveriesMax) return false;
    this.#giveUp(slot, redeliveries + 1, givenUp);
    return true;
  }

  #giveUp(slot: number, keptCount: number, givenUp: (sequence: number, deliveries: number) => void): void {
    const sequence = this.#window.sequences[slot] as number;
    const deliveries = (this.#window.redeliveries[slot] as number) + 1;
    this.#state.exhaust(slot, keptCount);
    givenUp(sequence, deliveries);
  }

  #push(slot: number): void {
    this.#window.setQueued(slot, true);
    if (this.#queueLength === this.#queue.length) this.#makeRoom();
    const at = (this.#queueHead + this.#queueLength) & (this.#queue.length - 1);
    this.#queue[at] = this.#window.sequences[slot] as number;
    this.#window.tickets[slot] = this.#headTicket + this.#queueLength;
    this.#queueLength++;
  }

  /** Of a message that waits with this ticket; -1 where the entry is stale. */
  #slotOf(sequence: number, ticket: number): number {
    const slot = this.#window.find(sequence);
    return slot >= 0 && this.#window.isQueued(slot) && this.#window.tickets[slot] === ticket ? slot : -1;
  }

  /** Drops stale entries, and doubles the room when that was not enough. */
  #makeRoom(): void {
    const queue = this.#queue;
    const window = this.#window;
    const capacity = window.queued * 2 > queue.length ? queue.length * 2 : queue.length;
    const kept = new Float64Array(Math.max(QUEUE_CAPACITY_MIN, capacity));
    const nextTicket = this.#headTicket + this.#queueLength;
    let count = 0;
    for (let i = 0; i < this.#queueLength; i++) {
      const sequence = queue[(this.#queueHead + i) & (queue.length - 1)] as number;
      const slot = this.#slotOf(sequence, this.#headTicket + i);
      if (slot < 0) continue;
      window.tickets[slot] = nextTicket + count;
      kept[count++] = sequence;
    }
    this.#queue = kept;
    this.#queueHead = 0;
    this.#queueLength = count;
    this.#headTicket = nextTicket;
  }
}
