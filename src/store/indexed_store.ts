// What both stream stores share: the questions that the index answers, the limits and when they are applied, delete and
// purge. A body adds where bytes lie: how a message is kept, read and given up. It never answers anybody and never
// touches bytes itself.
import { assert } from '../base/assert.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { BlockColumns } from './block_columns.ts';
import { MessageExpiry } from './message_expiry.ts';
import { expiryMs, isOverLimits, perSubjectMax } from './retention.ts';
import type { StreamIndex } from './stream_index.ts';
import type {
  LostMessages,
  PurgeRequest,
  StoreFilter,
  StoreLimits,
  StoreListener,
  StreamState,
  SubjectTotal,
} from './stream_store.ts';

/** Messages that one turn removes because of age before others get their turn. */
const EXPIRE_BATCH_MAX = 4096;
/** Age is looked at no more often than this, and no less often than that. */
const AGE_CHECK_MS_MIN = 10;
const AGE_CHECK_MS_MAX = 600_000;

/** Why a message goes: what a body must do on disk depends on it. `unborn`: it never got there. */
export type RemovalCause = 'limit' | 'delete' | 'erase' | 'purge' | 'unborn';

export abstract class IndexedStore<Holder> {
  readonly state: StreamState;
  protected readonly index: StreamIndex<Holder>;
  protected readonly clock: Clock;
  protected limits: StoreLimits;
  protected readonly listeners: StoreListener[] = [];
  /** Size of the live messages as the reference counts it. */
  protected bytes = 0;
  protected lost: LostMessages | null = null;
  /** Null while no message has a TTL of its own. */
  protected expiry: MessageExpiry | null = null;
  #ageTimer: Timer | null = null;
  /** Unix milliseconds for which the timer is set. */
  #ageTimerMs = 0;
  /** No message below is subject to age: the oldest may be kept for ever. */
  #ageFrom = 0;
  /** What the listener is still to be told of. */
  #expired: number[] = [];

  protected constructor(index: StreamIndex<Holder>, clock: Clock, limits: StoreLimits) {
    this.index = index;
    this.clock = clock;
    this.limits = limits;
    this.state = new IndexedState(
      index,
      () => this.bytes,
      () => this.lost,
    );
    if (perSubjectMax(limits) !== Infinity && perSubjectMax(limits) > 1) index.startLinks();
  }

  /** The size by which a live row counts in `bytes`. */
  protected abstract rowBytes(block: BlockColumns<Holder>, row: number): number;

  /** The same for all live rows of a block. */
  protected abstract blockBytes(block: BlockColumns<Holder>): number;

  /** A row was just marked deleted (`subjectId` is still named): give up its bytes. */
  protected abstract rowRemoved(block: BlockColumns<Holder>, row: number, cause: RemovalCause): void;

  /** Everything is gone from the index; `dropped` are the blocks it had, sequences up to `sequenceLast` are used up. */
  protected abstract allRemoved(dropped: readonly BlockColumns<Holder>[]): void;

  /** A live row is about to go with everything below it, in a block of which more stays. */
  protected abstract rowCut(block: BlockColumns<Holder>, row: number): void;

  /** Every message below a sequence is gone from the index: `dropped` blocks as a whole, and the first rows of `cut`. */
  protected abstract headRemoved(dropped: readonly BlockColumns<Holder>[], cut: BlockColumns<Holder> | null): void;

  listen(listener: StoreListener): void {
    this.listeners.push(listener);
    this.#tellExpired();
  }

  // --- finding ---------------------------------------------------------------------------------------------------

  filter(subjects: readonly string[]): StoreFilter {
    return this.index.filters.open(subjects);
  }

  nextSequence(filter: StoreFilter | null, from: number): number {
    return this.index.nextSequence(filter, from);
  }

  previousSequence(filter: StoreFilter | null, upTo: number): number {
    return this.index.previousSequence(filter, upTo);
  }

  count(filter: StoreFilter | null, from: number, lastPerSubject: boolean): number {
    return this.index.count(filter, from, lastPerSubject);
  }

  lastPerSubject(filter: StoreFilter | null, upTo: number): number[] {
    return this.index.lastPerSubject(filter, upTo);
  }

  subjectIdOf(sequence: number): number {
    return this.index.subjectIdOf(sequence);
  }

  lastOfSubject(subject: Uint8Array, start: number, end: number): number {
    const id = this.index.subjects.find(subject, start, end);
    return id < 0 ? 0 : this.index.lastOf(id);
  }

  countOfSubject(subject: Uint8Array, start: number, end: number): number {
    const id = this.index.subjects.find(subject, start, end);
    return id < 0 ? 0 : this.index.subjects.counts[id]!;
  }

  subjectTotals(filter: string, offset: number, limit: number): SubjectTotal[] {
    return this.index.subjectTotals(filter, offset, limit);
  }

  deletedSequences(): number[] {
    return this.index.deletedSequences();
  }

  sequenceAtTime(timeNs: bigint): Promise<number> {
    const ns = timeNs < 0n ? 0n : timeNs;
    return Promise.resolve(this.index.sequenceAtTime(Number(ns >> 32n), Number(ns & 0xffff_ffffn)));
  }

  // --- limits ----------------------------------------------------------------------------------------------------

  updateLimits(limits: StoreLimits): void {
    this.limits = limits;
    const max = perSubjectMax(limits);
    if (max !== Infinity) {
      if (max > 1) this.index.startLinks();
      const subjects = this.index.subjects;
      for (let id = 0; id < subjects.idsEnd; id++) if (subjects.counts[id]! > max) this.#trimSubject(id, max);
    }
    this.trimStream();
    this.stopWatchingAge();
    this.watchAge();
  }

  /** The message just appended has a TTL of its own. */
  protected expires(sequence: number, timeHigh: number, timeLow: number, ttlSeconds: number): void {
    this.expiry ??= new MessageExpiry();
    this.expiry.add(sequence, timeHigh, timeLow, ttlSeconds);
    if (this.#ageTimer !== null && this.expiry.nextMs < this.#ageTimerMs) this.stopWatchingAge();
    if (this.#ageTimer === null) this.watchAge();
  }

  /** After an append: first the subject's own limit, then the stream's. */
  protected enforceLimits(subjectId: number): void {
    const limits = this.limits;
    if (limits.messagesPerSubjectMax > 0) {
      const max = perSubjectMax(limits);
      if (this.index.subjects.counts[subjectId]! > max) this.#trimSubject(subjectId, max);
    }
    this.trimStream();
    if (this.#ageTimer === null && limits.ageMaxNs > 0) this.watchAge();
  }

  protected trimStream(): void {
    while (isOverLimits(this.limits, this.index.messages, this.bytes))
      this.#removeSequence(this.index.sequenceFirst, 'limit');
  }

  /** Sets the timer for the moment when the next message gets too old. */
  protected watchAge(): void {
    if (this.#ageTimer !== null) return;
    const nextMs = Math.min(this.#firstExpiryMs(), this.expiry?.nextMs ?? Number.POSITIVE_INFINITY);
    if (nextMs === Number.POSITIVE_INFINITY) return;
    const now = this.clock.realtimeMs();
    const bounded = Math.min(Math.max(nextMs - now, AGE_CHECK_MS_MIN), AGE_CHECK_MS_MAX);
    this.#ageTimerMs = now + bounded;
    this.#ageTimer = this.clock.after(bounded, () => {
      this.#ageTimer = null;
      this.expireOld();
      this.watchAge();
    });
  }

  protected stopWatchingAge(): void {
    this.#ageTimer?.cancel();
    this.#ageTimer = null;
  }

  /** Removes what is too old, at most one batch; true when that was all. */
  protected expireOld(): boolean {
    const now = this.clock.realtimeMs();
    const due = this.expiry?.take(now, EXPIRE_BATCH_MAX) ?? [];
    for (const sequence of due) if (this.index.blockOf(sequence) !== null) this.#expire(sequence);
    let isAll = false;
    for (let i = due.length; i < EXPIRE_BATCH_MAX && !isAll; i++) {
      isAll = this.#firstExpiryMs() > now;
      if (!isAll) this.#expire(this.#firstOfAge());
    }
    this.#tellExpired();
    return isAll;
  }

  #expire(sequence: number): void {
    if (!this.limits.marksExpired || this.index.subjects.counts[this.index.subjectIdOf(sequence)] !== 1) {
      this.#removeSequence(sequence, 'limit');
      return;
    }
    this.expiry ??= new MessageExpiry();
    if (this.expiry.isForever(sequence)) return;
    this.expiry.hold(sequence);
    this.#expired.push(sequence);
  }

  #tellExpired(): void {
    if (this.#expired.length === 0 || this.listeners.length === 0) return;
    const expired = this.#expired.sort((a, b) => a - b);
    this.#expired = [];
    for (const listener of this.listeners) listener.expired(expired);
  }

  /** When the oldest message that is subject to age gets too old; Infinity when there is none. */
  #firstExpiryMs(): number {
    if (this.limits.ageMaxNs <= 0 || this.index.messages === 0) return Number.POSITIVE_INFINITY;
    const sequence = this.#firstOfAge();
    if (sequence === 0) return Number.POSITIVE_INFINITY;
    const block = this.index.blockOf(sequence);
    assert(block !== null, 'the first sequence of a stream with messages is stored');
    const row = block.rowOf(sequence);
    return expiryMs(this.limits, block.timesHigh[row]!, block.timesLow[row]!);
  }

  /** The oldest message that is subject to age; 0 when there is none. */
  #firstOfAge(): number {
    const { expiry, index } = this;
    if (expiry === null || !expiry.hasForever) return index.sequenceFirst;
    let sequence = index.nextSequence(null, Math.max(this.#ageFrom, index.sequenceFirst));
    while (sequence !== 0 && expiry.isForever(sequence)) sequence = index.nextSequence(null, sequence + 1);
    this.#ageFrom = sequence === 0 ? index.sequenceLast + 1 : sequence;
    return sequence;
  }

  #trimSubject(id: number, max: number): void {
    while (this.index.subjects.counts[id]! > max) this.#removeSequence(this.index.firstOf(id), 'limit');
  }

  // --- removing --------------------------------------------------------------------------------------------------

  remove(sequence: number, erase: boolean): boolean {
    if (this.index.blockOf(sequence) === null) return false;
    this.#removeSequence(sequence, erase ? 'erase' : 'delete');
    return true;
  }

  // Compat: filestore.go, PurgeEx and compact: without a filter a bound wins over `keep`, and a bound of 1 is nothing.
  purge(request: PurgeRequest): number {
    const purged = this.#purge(request);
    if (purged > 0) this.expiry?.forgetBelow(this.index.sequenceFirst);
    return purged;
  }

  #purge({ filter, sequence, keep }: PurgeRequest): number {
    if (sequence === 1) return 0;
    const isAll = filter === null || filter === '>';
    if (isAll && sequence > 1) return this.#purgeBelow(sequence);
    if (isAll && keep === 0) return this.#purgeAll();
    if (isAll) {
      if (keep >= this.index.messages) return 0;
      return this.#purgeBelow(this.#sequenceOfNewest(keep));
    }
    return this.#purgeMatching(filter, sequence, keep);
  }

  /** Forgets what came behind a sequence and will never be durable: it is in no count and nobody can read it. */
  protected forgetBehind(sequence: number): void {
    const { index } = this;
    // From one stored message to the next: a purge can have left any number of sequences between.
    let unborn = index.previousSequence(null, index.sequenceLast);
    while (unborn > sequence) {
      this.#removeSequence(unborn, 'unborn');
      unborn = index.previousSequence(null, unborn - 1);
    }
  }

  /** Removes a message that is known to be stored. */
  #removeSequence(sequence: number, cause: RemovalCause): void {
    const block = this.index.blockOf(sequence);
    assert(block !== null, 'only a stored message is removed');
    const id = this.#removeRow(block, block.rowOf(sequence), cause);
    for (let i = 0; i < this.listeners.length; i++) this.listeners[i]!.removed(sequence, id);
    this.index.settle(id);
  }

  #removeRow(block: BlockColumns<Holder>, row: number, cause: RemovalCause): number {
    this.bytes -= this.rowBytes(block, row);
    const id = this.index.remove(block, row);
    if (this.expiry !== null) this.expiry.forget(block.sequenceAt(row));
    this.rowRemoved(block, row, cause);
    return id;
  }

  #purgeAll(): number {
    const purged = this.index.messages;
    const dropped = this.index.blocks.slice();
    this.bytes = 0;
    this.index.clear();
    this.allRemoved(dropped);
    if (purged > 0) this.#tellMany();
    return purged;
  }

  #purgeBelow(sequence: number): number {
    if (sequence > this.index.sequenceLast) {
      this.index.skipTo(sequence - 1, this.index.timeLastHigh, this.index.timeLastLow);
      const purged = this.#purgeAll();
      // Sequences are gone, though no message had them.
      if (purged === 0) this.#tellMany();
      return purged;
    }
    const dropped: BlockColumns<Holder>[] = [];
    let cut: BlockColumns<Holder> | null = null;
    let purged = 0;
    // A copy: giving up rows may open a further block.
    const blocks = this.index.blocks.slice();
    for (const block of blocks) {
      if (block.rows === 0 || block.sequenceFirst >= sequence) break;
      const to = block.rowFrom(sequence);
      const isWhole = to === block.rows && block !== blocks.at(-1);
      if (isWhole) this.bytes -= this.blockBytes(block);
      for (let row = isWhole ? to : block.liveFrom; row < to; row++) {
        if (!block.isLive(row)) continue;
        this.bytes -= this.rowBytes(block, row);
        this.rowCut(block, row);
      }
      purged += this.index.removeRows(block, to);
      if (isWhole) dropped.push(block);
      else cut = block;
    }
    this.index.headRemoved(dropped.length, sequence);
    if (purged > 0 || dropped.length > 0) this.headRemoved(dropped, cut);
    if (purged > 0) this.#tellMany();
    return purged;
  }

  /** The lowest of the newest `keep` stored sequences. */
  #sequenceOfNewest(keep: number): number {
    let left = keep;
    for (let i = this.index.blocks.length - 1; i >= 0; i--) {
      const block = this.index.blocks[i]!;
      if (block.live < left) {
        left -= block.live;
        continue;
      }
      for (let row = block.rows - 1; row >= 0; row--) {
        if (block.isLive(row) && --left === 0) return block.sequenceAt(row);
      }
    }
    return this.index.sequenceFirst;
  }

  #purgeMatching(subject: string, below: number, keep: number): number {
    const filter = this.filter([subject]);
    let left = this.count(filter, 0, false) - keep;
    let purged = 0;
    let only = 0;
    let onlyId = -1;
    const emptied: number[] = [];
    for (let sequence = this.nextSequence(filter, 1); left > 0 && sequence !== 0; left--) {
      if (below > 0 && sequence >= below) break;
      const block = this.index.blockOf(sequence)!;
      const id = this.#removeRow(block, block.rowOf(sequence), 'purge');
      if (this.index.subjects.counts[id] === 0) emptied.push(id);
      purged++;
      only = sequence;
      onlyId = id;
      sequence = this.nextSequence(filter, sequence + 1);
    }
    if (purged === 1) for (const listener of this.listeners) listener.removed(only, onlyId);
    for (const id of emptied) this.index.settle(id);
    filter.close();
    if (purged > 1) this.#tellMany();
    return purged;
  }

  #tellMany(): void {
    for (const listener of this.listeners) listener.removedMany();
  }
}

class IndexedState<Holder> implements StreamState {
  readonly #index: StreamIndex<Holder>;
  readonly #bytes: () => number;
  readonly #lost: () => LostMessages | null;

  constructor(index: StreamIndex<Holder>, bytes: () => number, lost: () => LostMessages | null) {
    this.#index = index;
    this.#bytes = bytes;
    this.#lost = lost;
  }

  get messages(): number {
    return this.#index.messages;
  }

  get bytes(): number {
    return this.#bytes();
  }

  get sequenceFirst(): number {
    return this.#index.sequenceFirst;
  }

  get sequenceLast(): number {
    return this.#index.sequenceLast;
  }

  get timeFirst(): bigint {
    const block = this.#index.blockOf(this.#index.sequenceFirst);
    if (block === null) return 0n;
    const row = block.rowOf(this.#index.sequenceFirst);
    return nanos(block.timesHigh[row]!, block.timesLow[row]!);
  }

  get timeLast(): bigint {
    return nanos(this.#index.timeLastHigh, this.#index.timeLastLow);
  }

  get subjects(): number {
    return this.#index.subjects.size;
  }

  get deleted(): number {
    return this.#index.sequenceLast - this.#index.sequenceFirst + 1 - this.#index.messages;
  }

  get lost(): LostMessages | null {
    return this.#lost();
  }
}

function nanos(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}
