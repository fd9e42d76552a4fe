// One fast batch: which of its messages arrived, which are safely stored, and how often its publisher is told. Pure; the
// driver is fast_batches.ts. Batch sequences count the publisher's messages, stream sequences are the store's.
// Compat: jetstream_batching.go, fastBatch.
import { assert } from '../../base/assert.ts';
import { equalBytes } from '../../base/bytes.ts';

/** A publisher is told at least after so many messages, divided by the batches of the stream. */
const FLOW_SHARED = 500;
const NOBODY = new Uint8Array(0);

export class FastBatch {
  /** Differs from those of all other batches of the stream. */
  readonly number: number;
  readonly id: string;
  readonly #idBytes: Uint8Array;
  readonly allowsGaps: boolean;
  readonly #flowMax: number;
  /** Highest batch sequence that arrived. */
  received = 0;
  /** Up to here everything that will be stored is durable. Invariant: told <= stored <= received. */
  stored = 0;
  /** Up to here the publisher was told. */
  told = 0;
  /** The publisher is told every so many messages. */
  flow = 1;
  /** Stream sequence of the last durable message. */
  streamSequence = 0;
  /** Messages that the store has and that are not durable yet. */
  pending = 0;
  /** No more messages: ends when nothing is pending. */
  isCommitted = false;
  /** Who asked for the end, and waits for it. */
  commitReply: Uint8Array = NOBODY;

  /** `others` is how many batches the stream has besides. */
  constructor(number: number, id: string, idBytes: Uint8Array, terms: BatchTerms) {
    this.number = number;
    this.id = id;
    this.#idBytes = idBytes;
    this.allowsGaps = terms.allowsGaps;
    this.#flowMax = terms.flow;
    // Who is alone gets what was asked for, others work their way up.
    this.flow = terms.others > 0 ? 1 : Math.min(FLOW_SHARED, terms.flow);
  }

  isCalled(bytes: Uint8Array, start: number, end: number): boolean {
    return equalBytes(bytes, start, end, this.#idBytes, 0, this.#idBytes.length);
  }

  /** Whether everything that arrived is settled. */
  get isSettled(): boolean {
    return this.received === this.stored;
  }

  /** A message was given to the store, or is known to be there already. */
  addPending(): void {
    this.pending++;
  }

  /** The oldest pending message, `sequence` of the batch, is durable. */
  settle(sequence: number): void {
    assert(this.pending > 0, 'only what is pending becomes durable');
    this.pending--;
    // Those behind it that were not stored are settled with it.
    this.stored = this.pending === 0 ? this.received : sequence;
  }

  /** Nothing is pending: what arrived and was not stored is settled, too. */
  settleIdle(sequence: number): void {
    if (this.pending === 0) this.stored = sequence;
  }

  /** There will be no more messages. The first to say so is answered. */
  commit(reply: Uint8Array): void {
    if (this.isCommitted) return;
    this.isCommitted = true;
    this.commitReply = reply;
  }

  /** Takes back the last message that arrived. */
  revert(): void {
    this.received--;
    this.settleIdle(this.received);
  }

  /** Whether the publisher is to be told now, up to `told`; then adapts how often. */
  takeFlow(batches: number): boolean {
    const { flow } = this;
    if (this.stored < this.told + flow) return false;
    this.told += Math.floor((this.stored - this.told) / flow) * flow;
    const share = Math.min(Math.max(1, Math.floor(FLOW_SHARED / batches)), this.#flowMax);
    if (flow < share) this.flow = Math.min(flow * 2, share);
    else if (flow > share) this.flow = Math.max(Math.floor(flow / 2), share);
    return true;
  }
}

/** What a publisher asks of a new batch, and how many others there are. */
export interface BatchTerms {
  readonly allowsGaps: boolean;
  readonly flow: number;
  readonly others: number;
}
