// What an acknowledgement does to a consumer: done, not yet, later, never again. It changes the state and answers; what
// may be delivered because of it is delivery.ts's business, which it only wakes.
import type { Message } from '../../ports/message.ts';
import type { AckState } from './ack_state.ts';
import {
  ACK_TEXT_ACK,
  ACK_TEXT_BYTES,
  ACK_TEXT_NAK,
  ACK_TEXT_NEXT,
  ACK_TEXT_PROGRESS,
  ACK_TEXT_TERM,
  ACK_TEXT_TERM_BYTES,
  classifyAck,
  parseNakDelay,
  termReason,
} from './ack_text.ts';
import type { AnswerQueue } from './answer_queue.ts';
import type { ConsumerEnvironment } from './consumer_environment.ts';
import type { NextMessage } from './next_message.ts';
import type { Redelivery } from './redelivery.ts';
import type { ReplySubject } from './reply_subject.ts';

export interface AcknowledgementsOwner {
  /** The state changed and is to be saved. */
  changed(): void;
  /** There may be something to deliver. */
  wake(): void;
  /** `+NXT`: the rest of the payload is a pull request from `message.reply`. */
  requested(message: Message, bodyStart: number): void;
}

export class Acknowledgements {
  readonly #environment: ConsumerEnvironment;
  readonly #state: AckState;
  readonly #redelivery: Redelivery;
  readonly #next: NextMessage;
  readonly #answers: AnswerQueue;
  readonly #owner: AcknowledgementsOwner;
  readonly #removed: (sequence: number) => void;
  samplePercent = 0;
  /** With so many pending nothing new is delivered; 0 is no limit. */
  ackPendingMax = 0;
  /** Monotonic time of the newest acknowledgement; NaN before the first. */
  lastMs = Number.NaN;

  constructor(
    environment: ConsumerEnvironment,
    parts: {
      readonly state: AckState;
      readonly redelivery: Redelivery;
      readonly next: NextMessage;
      readonly answers: AnswerQueue;
    },
    owner: AcknowledgementsOwner,
  ) {
    this.#environment = environment;
    this.#state = parts.state;
    this.#redelivery = parts.redelivery;
    this.#next = parts.next;
    this.#answers = parts.answers;
    this.#owner = owner;
    this.#removed = (sequence) => environment.acknowledged(sequence);
  }

  /** Compat: consumer.go, processAck. */
  handle(reply: ReplySubject, message: Message): void {
    const { body, payloadStart, payloadEnd } = message;
    const kind = classifyAck(body, payloadStart, payloadEnd);
    // A sequence that is no number, or 0, acknowledges nothing. Compat: what is answered all the same.
    if (reply.sequence <= 0) {
      if (kind === ACK_TEXT_NEXT) this.#owner.requested(message, payloadStart + ACK_TEXT_BYTES);
      else if (this.#answersNothing(kind, reply.sequence)) this.#answer(message);
      return;
    }
    switch (kind) {
      case ACK_TEXT_ACK:
        if (this.#acknowledge(reply, true)) this.#answer(message);
        return;
      case ACK_TEXT_NEXT:
        this.#acknowledge(reply, true);
        this.#owner.requested(message, payloadStart + ACK_TEXT_BYTES);
        return;
      case ACK_TEXT_NAK:
        this.#refuse(reply, message);
        break;
      case ACK_TEXT_PROGRESS:
        this.#progress(reply.sequence);
        break;
      case ACK_TEXT_TERM:
        this.#terminate(reply, termReason(body, payloadStart + ACK_TEXT_TERM_BYTES, payloadEnd), message);
        return;
      default:
        break;
    }
    this.#answer(message);
  }

  /** Acknowledgement by flow control: everything up to here arrived. */
  acknowledgeUpTo(sequence: number, consumerSequence: number): void {
    this.#acknowledgeUpTo(sequence, consumerSequence);
  }

  /** A pending message is no longer in the stream: it counts as done with, and is reported. */
  lost(sequence: number): void {
    const slot = this.#state.window.find(sequence);
    if (slot < 0) {
      this.#state.forget(sequence);
      return;
    }
    const consumerSequence = this.#state.window.consumerSequences[slot] as number;
    const deliveries = Math.max(1, this.#state.window.redeliveries[slot] as number);
    const wasFull = this.#isFull;
    this.#state.forget(sequence);
    const reason = 'Unacknowledged message was deleted';
    this.#environment.event({
      kind: 'terminated',
      consumerSequence,
      streamSequence: sequence,
      deliveries,
      reason,
    });
    this.lastMs = this.#environment.clock.monotonicMs();
    this.#owner.changed();
    if (wasFull) this.#owner.wake();
  }

  /** Whether what acknowledges no message at all has an answer. */
  #answersNothing(kind: number, sequence: number): boolean {
    if (kind === ACK_TEXT_NAK || kind === ACK_TEXT_PROGRESS) return sequence < 0;
    return sequence === 0 && this.#state.mode === 'explicit';
  }

  get #isFull(): boolean {
    return this.ackPendingMax > 0 && this.#state.pending >= this.ackPendingMax;
  }

  /** False when the acknowledgement is of something that was never delivered: it gets no answer. */
  #acknowledge(reply: ReplySubject, doSample: boolean): boolean {
    const sequence = reply.sequence;
    if (sequence >= this.#next.cursor) return false;
    const state = this.#state;
    if (state.mode === 'all') return this.#acknowledgeUpTo(sequence, reply.consumerSequence);
    // Compat: without acknowledgements there is nothing to record, and so no answer.
    if (state.mode === 'none') return false;
    if (doSample && this.samplePercent > 0) this.#sample(reply);
    const wasFull = this.#isFull;
    state.acknowledge(sequence);
    this.lastMs = this.#environment.clock.monotonicMs();
    this.#owner.changed();
    if (this.#environment.removesAcknowledged) this.#environment.acknowledged(sequence);
    if (wasFull) this.#owner.wake();
    return true;
  }

  #acknowledgeUpTo(sequence: number, consumerSequence: number): boolean {
    const wasFull = this.#isFull;
    const removed = this.#environment.removesAcknowledged ? this.#removed : ignore;
    if (!this.#state.acknowledgeUpTo(sequence, consumerSequence, removed)) return true;
    this.lastMs = this.#environment.clock.monotonicMs();
    this.#owner.changed();
    if (wasFull) this.#owner.wake();
    return true;
  }

  #refuse(reply: ReplySubject, message: Message): void {
    const state = this.#state;
    const slot = state.window.find(reply.sequence);
    const { consumerSequence } = reply;
    // Compat: consumer.go, processNak, checks for a range one beyond what was delivered.
    if (consumerSequence <= state.floorConsumer || consumerSequence > state.deliveredConsumer + 1 || slot < 0) return;
    this.#environment.event({
      kind: 'nak',
      consumerSequence,
      streamSequence: reply.sequence,
      deliveries: reply.deliveries,
    });
    const delay = parseNakDelay(message.body, message.payloadStart + ACK_TEXT_BYTES, message.payloadEnd);
    if (typeof delay === 'number') {
      this.#redelivery.delay(slot, delay / 1e6, this.#environment.clock.monotonicMs());
    } else {
      if (delay !== null) this.#environment.log.warn(`Bad NAK delay value: ${JSON.stringify(delay)}`);
      this.#redelivery.queue(slot);
    }
    this.#owner.changed();
    this.#owner.wake();
  }

  #progress(sequence: number): void {
    const slot = this.#state.window.find(sequence);
    if (slot < 0) return;
    this.#redelivery.progress(slot, this.#environment.clock.monotonicMs());
    this.#owner.changed();
  }

  /** Compat: consumer.go, processTermLocked: the advisory is sent whether or not it was pending. */
  #terminate(reply: ReplySubject, reason: string, message: Message): void {
    const isRecorded = this.#acknowledge(reply, false);
    this.#environment.event({
      kind: 'terminated',
      consumerSequence: reply.consumerSequence,
      streamSequence: reply.sequence,
      deliveries: reply.deliveries,
      reason,
    });
    if (isRecorded) this.#answer(message);
  }

  #answer(message: Message): void {
    if (message.replyEnd > message.replyStart) {
      this.#answers.add(message.reply.slice(message.replyStart, message.replyEnd));
    }
  }

  /** Compat: consumer.go, shouldSample. */
  #sample(reply: ReplySubject): void {
    const slot = this.#state.window.find(reply.sequence);
    if (slot < 0) return;
    const { entropy, clock } = this.#environment;
    if (this.samplePercent < 100) {
      const random = new Uint8Array(2);
      entropy.fill(random);
      if (((random[0] as number) * 256 + (random[1] as number)) % 100 > this.samplePercent) return;
    }
    this.#environment.event({
      kind: 'ack_sample',
      consumerSequence: reply.consumerSequence,
      streamSequence: reply.sequence,
      deliveries: reply.deliveries,
      delayNs: Math.round((clock.monotonicMs() - (this.#state.window.stampsMs[slot] as number)) * 1e6),
    });
  }
}

function ignore(): void {
  // Nobody needs to know.
}
