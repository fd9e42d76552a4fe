// The hot loop of a consumer: finds the next message, writes its reply subject, gives it to whoever may have it, and
// records that. One run is synchronous and bounded; it stops for the disk, for full buffers, for the pace, for missing
// acknowledgements, and goes on when somebody calls run() again. It decides nothing about acknowledgements.

import { nanosToMs } from '../../base/nanos.ts';
import { type Bus, DELIVERED_CONGESTED, DELIVERED_NONE } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { READ_FOUND, READ_LOADING, StoredMessage, type StreamStore } from '../../store/stream_store.ts';
import type { AckState } from './ack_state.ts';
import { Alarm } from './alarm.ts';
import { DeliveredForm } from './delivered_form.ts';
import type { DeliveryTarget } from './delivery_target.ts';
import { NEXT_NONE, NEXT_NOT_DURABLE, type NextMessage } from './next_message.ts';
import type { Pacing } from './pacing.ts';
import type { Redelivery } from './redelivery.ts';
import type { ReplySubjectWriter } from './reply_subject.ts';

/** A run takes at most so long, or delivers at most so much, then lets others have their turn. */
const RUN_MS_MAX = 5;
const DELIVERIES_PER_RUN_MAX = 16_384;
const BYTES_PER_RUN_MAX = 8 * 1024 * 1024;
/** The clock is looked at every so many deliveries (a power of two). */
const CLOCK_INTERVAL = 256;

/** What became of one step of the loop. */
const STEP_DELIVERED = 0;
/** Something was put aside: look again. */
const STEP_SKIPPED = 1;
/** There is something, but not now. */
const STEP_BLOCKED = 2;
/** Everything is delivered. */
const STEP_END = 3;
type Step = typeof STEP_DELIVERED | typeof STEP_SKIPPED | typeof STEP_BLOCKED | typeof STEP_END;

export interface DeliveryParts {
  readonly store: StreamStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly state: AckState;
  readonly redelivery: Redelivery;
  readonly next: NextMessage;
  readonly target: DeliveryTarget;
  readonly writer: ReplySubjectWriter;
  readonly pacing: Pacing;
}

export interface DeliveryListener {
  /** At the end of a run that changed the consumer's state. */
  changed(): void;
  /** A message was delivered that needs no acknowledgement. */
  delivered(sequence: number): void;
  /** A message will not be delivered again: it was too often. */
  givenUp(sequence: number, deliveries: number): void;
  /** A pending message is no longer in the stream. */
  lost(sequence: number): void;
  /** A bug: the consumer stops. */
  failed(error: unknown): void;
}

export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #listener: DeliveryListener;
  readonly #stored = new StoredMessage();
  readonly #form = new DeliveredForm();
  /** The next run comes by itself: the last one stopped at its bound, or waits for the pace. */
  readonly #again: Alarm;
  readonly #loaded: () => void;
  readonly #givenUp: (sequence: number, deliveries: number) => void;
  deliveriesMax = 0;
  ackPendingMax = 0;
  isHeadersOnly = false;
  /** Monotonic time until which nothing is delivered. */
  pausedUntilMs = Number.NEGATIVE_INFINITY;
  /** Monotonic time of the newest delivery; NaN before the first. */
  lastMs = Number.NaN;
  #isRunning = false;
  #mustRunAgain = false;
  #isLoading = false;
  #isStopped = false;
  #bytesLeft = 0;

  constructor(parts: DeliveryParts, listener: DeliveryListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.#again = new Alarm(parts.clock, () => this.run());
    this.#loaded = () => {
      this.#isLoading = false;
      this.run();
    };
    this.#givenUp = (sequence, deliveries) => listener.givenUp(sequence, deliveries);
  }

  /** Whether somebody waits for messages: otherwise new ones are no reason to run. */
  get isWanted(): boolean {
    return this.#parts.target.wants();
  }

  /** Delivers what can be delivered now. */
  run(): void {
    if (this.#isStopped || this.#isLoading) return;
    if (this.#isRunning) {
      this.#mustRunAgain = true;
      return;
    }
    this.#isRunning = true;
    try {
      do {
        this.#mustRunAgain = false;
        this.#runOnce(this.#parts.clock.monotonicMs());
      } while (this.#mustRunAgain);
      this.#isRunning = false;
    } catch (error) {
      // It stays "running": a consumer with a broken invariant delivers nothing any more.
      this.#isStopped = true;
      this.#listener.failed(error);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#again.stop();
  }

  #runOnce(nowMs: number): void {
    const { target } = this.#parts;
    let left = DELIVERIES_PER_RUN_MAX;
    let step: Step = nowMs < this.pausedUntilMs ? STEP_END : STEP_SKIPPED;
    this.#bytesLeft = BYTES_PER_RUN_MAX;
    while (step <= STEP_SKIPPED && target.wants()) {
      if (left === 0 || this.#bytesLeft <= 0 || this.#isLate(left, nowMs)) {
        this.#again.wakeAt(nowMs, nowMs);
        step = STEP_BLOCKED;
        break;
      }
      left--;
      step = this.#deliverNext(nowMs);
    }
    if (left < DELIVERIES_PER_RUN_MAX) this.#listener.changed();
    // Nobody wants anything more: that is no reason to keep anybody waiting either.
    target.rest(nowMs, step !== STEP_BLOCKED);
  }

  #isLate(left: number, startMs: number): boolean {
    return left % CLOCK_INTERVAL === 0 && this.#parts.clock.monotonicMs() - startMs > RUN_MS_MAX;
  }

  #deliverNext(nowMs: number): Step {
    const { state, redelivery, next } = this.#parts;
    const slot = redelivery.peek();
    if (slot >= 0) {
      if (redelivery.maybeGiveUp(slot, this.deliveriesMax, this.#givenUp)) return STEP_SKIPPED;
      const sequence = state.window.sequences[slot] as number;
      const deliveries = (state.window.redeliveries[slot] as number) + 2;
      return this.#deliver(sequence, deliveries, slot, nowMs);
    }
    if (this.ackPendingMax > 0 && state.pending >= this.ackPendingMax) return STEP_BLOCKED;
    const sequence = next.find();
    if (sequence === NEXT_NONE) return STEP_END;
    return sequence === NEXT_NOT_DURABLE ? STEP_BLOCKED : this.#deliver(sequence, 1, -1, nowMs);
  }

  /** `slot` is where a redelivery is pending, -1 for a first delivery. */
  #deliver(sequence: number, deliveries: number, slot: number, nowMs: number): Step {
    const { store, state, next, target, writer, pacing } = this.#parts;
    const stored = this.#stored;
    const read = store.read(sequence, stored);
    if (read !== READ_FOUND) return this.#notRead(read === READ_LOADING, sequence, slot);
    const pending = deliveries === 1 ? next.pending - 1 : next.pending;
    const replyEnd = writer.write(
      deliveries,
      sequence,
      state.deliveredConsumer + 1,
      stored.timeHigh,
      stored.timeLow,
      Math.max(pending, 0),
    );
    let message = stored.message;
    if (this.isHeadersOnly) {
      this.#form.strip(message);
      message = this.#form.message;
    }
    const subjectBytes = message.subjectEnd - message.subjectStart;
    const size = subjectBytes + replyEnd + message.payloadEnd - message.headerStart;
    const chosen = target.choose(size, nowMs);
    if (chosen === null) return STEP_BLOCKED;
    if (target.headerLine !== null) {
      this.#form.addHeader(message, target.headerLine);
      message = this.#form.message;
    }
    if (!pacing.isFree && this.#mustWait(sequence, size, nowMs)) return STEP_BLOCKED;
    message.reply = writer.bytes;
    message.replyStart = 0;
    message.replyEnd = replyEnd;
    target.taken(size, subjectBytes, nowMs);
    this.#bytesLeft -= size;
    return slot < 0 ? this.#sendFirst(sequence, chosen, message, nowMs) : this.#sendAgain(slot, chosen, message, nowMs);
  }

  /** Counts the delivery, sends it, and takes the count back when nobody was there. */
  #sendFirst(sequence: number, chosen: Uint8Array, message: StoredMessage['message'], nowMs: number): Step {
    const { bus, state, next, redelivery, target } = this.#parts;
    const cursor = next.cursor;
    const deliveredStream = state.deliveredStream;
    next.delivered(sequence);
    const slot = state.deliver(sequence, nowMs);
    if (slot >= 0) redelivery.delivered(slot, nowMs);
    const result = bus.deliver(chosen, 0, chosen.length, message);
    if (result === DELIVERED_NONE && target.refused()) {
      state.undoDeliver(deliveredStream);
      next.undoDelivered(sequence, cursor);
      return STEP_SKIPPED;
    }
    this.lastMs = nowMs;
    if (slot < 0) this.#listener.delivered(sequence);
    target.delivered(result === DELIVERED_CONGESTED);
    return STEP_DELIVERED;
  }

  #sendAgain(slot: number, chosen: Uint8Array, message: StoredMessage['message'], nowMs: number): Step {
    const { bus, state, redelivery, target } = this.#parts;
    const stampMs = state.window.stampsMs[slot] as number;
    redelivery.unqueue(slot);
    state.redeliver(slot, nowMs);
    redelivery.delivered(slot, nowMs);
    const result = bus.deliver(chosen, 0, chosen.length, message);
    if (result === DELIVERED_NONE && target.refused()) {
      state.undoRedeliver(slot, stampMs);
      redelivery.queue(slot);
      return STEP_SKIPPED;
    }
    this.lastMs = nowMs;
    target.delivered(result === DELIVERED_CONGESTED);
    return STEP_DELIVERED;
  }

  #notRead(isLoading: boolean, sequence: number, slot: number): Step {
    if (isLoading) {
      this.#isLoading = true;
      this.#parts.store.load(sequence, this.#loaded);
      return STEP_BLOCKED;
    }
    if (slot < 0) this.#parts.next.missing(sequence);
    else this.#listener.lost(sequence);
    return STEP_SKIPPED;
  }

  #mustWait(sequence: number, size: number, nowMs: number): boolean {
    const { pacing } = this.#parts;
    const storedMs = nanosToMs(this.#stored.timeHigh, this.#stored.timeLow);
    const waitMs = pacing.waitMs(nowMs, sequence, storedMs, size);
    if (waitMs > 0) {
      this.#again.wakeAt(nowMs + waitMs, nowMs);
      return true;
    }
    pacing.delivered(nowMs, storedMs, size);
    return false;
  }
}
