// A small world for the tests of this room: a clock that stands still until told, a bus over a list of subscriptions,
// a store over an array, a consumer's store in memory. Only tests import it.
import { SILENT_LOGGER } from '../../base/log.ts';
import {
  type Bus,
  type BusHandler,
  type BusSubscription,
  DELIVERED,
  DELIVERED_CONGESTED,
  DELIVERED_NONE,
  type DeliveryResult,
} from '../../ports/bus.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import { Message } from '../../ports/message.ts';
import type { ConsumerState, ConsumerStore } from '../../store/consumer_store.ts';
import {
  type PurgeRequest,
  READ_FOUND,
  READ_LOADING,
  READ_MISSING,
  type ReadResult,
  type StoredMessage,
  type StoreFilter,
  type StoreListener,
  type StreamState,
  type StreamStore,
  type SubjectTotal,
} from '../../store/stream_store.ts';
import { subjectMatches } from '../../subject/subject.ts';
import { AckRouter } from './ack_router.ts';
import { type Consumer, openConsumer } from './consumer.ts';
import { CONSUMER_CONFIG, type ConsumerConfig } from './consumer_config.ts';
import type { ConsumerEnvironment, ConsumerEvent } from './consumer_environment.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** 2024-01-01T00:00:00Z. */
export const REAL_START_MS = 1_704_067_200_000;

export class TestClock implements Clock {
  #nowMs = 1000;
  #timers: { atMs: number; order: number; callback: () => void; isOver: boolean }[] = [];
  #order = 0;
  #turnEnd: (() => void)[] = [];

  monotonicMs(): number {
    return this.#nowMs;
  }

  realtimeMs(): number {
    return REAL_START_MS + this.#nowMs - 1000;
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, order: this.#order++, callback, isOver: false };
    this.#timers.push(timer);
    return {
      cancel() {
        timer.isOver = true;
      },
    };
  }

  atTurnEnd(callback: () => void): void {
    this.#turnEnd.push(callback);
  }

  get timers(): number {
    return this.#timers.filter((timer) => !timer.isOver).length;
  }

  endTurn(): void {
    while (this.#turnEnd.length > 0) {
      const callbacks = this.#turnEnd;
      this.#turnEnd = [];
      for (const callback of callbacks) callback();
    }
  }

  /** Lets time pass and fires what is due, in order; each in a turn of its own. */
  advance(ms: number): void {
    this.endTurn();
    const untilMs = this.#nowMs + ms;
    for (;;) {
      this.#timers = this.#timers.filter((timer) => !timer.isOver);
      const due = this.#timers.filter((timer) => timer.atMs <= untilMs);
      due.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      const timer = due[0];
      if (timer === undefined) break;
      timer.isOver = true;
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      timer.callback();
      this.endTurn();
    }
    this.#nowMs = untilMs;
  }
}

/** What arrived on a subscription. */
export interface Arrival {
  readonly subject: string;
  readonly reply: string;
  readonly header: string;
  readonly payload: string;
}

interface InterestWatcher {
  readonly subject: string;
  readonly queue: string | null;
  readonly callback: (hasInterest: boolean) => void;
}

export class TestBus implements Bus {
  readonly account = 'A';
  #subscriptions: { subject: string; queue: string | null; handler: BusHandler }[] = [];
  #watchers: InterestWatcher[] = [];
  /** Deliveries to these subjects are taken, with a full buffer. */
  readonly congested = new Set<string>();
  readonly #relief: { subject: string; callback: () => void }[] = [];

  subscribe(subject: string, queue: string | null, handler: BusHandler): BusSubscription {
    const subscription = { subject, queue, handler };
    this.#change(() => this.#subscriptions.push(subscription));
    const close = () =>
      this.#change(() => {
        this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
      });
    return { subject, close };
  }

  publish(message: Message): DeliveryResult {
    return this.deliver(message.subject, message.subjectStart, message.subjectEnd, message);
  }

  deliver(target: Uint8Array, start: number, end: number, message: Message): DeliveryResult {
    const subject = decoder.decode(target.subarray(start, end));
    const matching = this.#subscriptions.filter((subscription) => subjectMatches(subject, subscription.subject));
    for (const subscription of matching) subscription.handler(message);
    if (matching.length === 0) return DELIVERED_NONE;
    return this.congested.has(subject) ? DELIVERED_CONGESTED : DELIVERED;
  }

  hasInterest(subject: string): boolean {
    return this.#subscriptions.some((subscription) => subjectMatches(subject, subscription.subject));
  }

  hasExactInterest(subject: string, queue: string | null): boolean {
    return this.#subscriptions.some((one) => one.subject === subject && one.queue === queue);
  }

  onExactInterestChange(subject: string, queue: string | null, callback: (hasInterest: boolean) => void): () => void {
    const watcher = { subject, queue, callback };
    this.#watchers.push(watcher);
    return () => {
      this.#watchers = this.#watchers.filter((other) => other !== watcher);
    };
  }

  whenRelieved(target: Uint8Array, start: number, end: number, callback: () => void): void {
    this.#relief.push({ subject: decoder.decode(target.subarray(start, end)), callback });
  }

  relieve(subject: string): void {
    this.congested.delete(subject);
    const waiting = this.#relief.splice(0);
    for (const entry of waiting) {
      if (entry.subject === subject) entry.callback();
      else this.#relief.push(entry);
    }
  }

  /** Collects what arrives on a subject. */
  collect(subject: string): Arrival[] & { close(): void } {
    const arrivals: Arrival[] = [];
    const subscription = this.subscribe(subject, null, (message) => arrivals.push(arrivalOf(message)));
    return Object.assign(arrivals, { close: () => subscription.close() });
  }

  send(subject: string, payload: string, reply = ''): void {
    this.publish(makeMessage(subject, payload, reply));
  }

  #change(action: () => void): void {
    const before = this.#watchers.map(({ subject, queue }) => this.hasExactInterest(subject, queue));
    const watchers = this.#watchers;
    action();
    watchers.forEach((watcher, i) => {
      const now = this.hasExactInterest(watcher.subject, watcher.queue);
      if (now !== before[i]) watcher.callback(now);
    });
  }
}

export function arrivalOf(message: Message): Arrival {
  return {
    subject: decoder.decode(message.subject.subarray(message.subjectStart, message.subjectEnd)),
    reply: decoder.decode(message.reply.subarray(message.replyStart, message.replyEnd)),
    header: decoder.decode(message.body.subarray(message.headerStart, message.payloadStart)),
    payload: decoder.decode(message.body.subarray(message.payloadStart, message.payloadEnd)),
  };
}

export function makeMessage(subject: string, payload: string, reply = '', header = ''): Message {
  const message = new Message();
  message.subject = encoder.encode(subject);
  message.subjectEnd = message.subject.length;
  message.reply = encoder.encode(reply);
  message.replyEnd = message.reply.length;
  message.body = encoder.encode(header + payload);
  message.payloadStart = encoder.encode(header).length;
  message.payloadEnd = message.body.length;
  return message;
}

interface Row {
  readonly subject: string;
  readonly subjectId: number;
  readonly message: Message;
  readonly timeHigh: number;
  readonly timeLow: number;
}

/** An array of rows; durable when told, in `memory` fashion by default. */
export class TestStore implements StreamStore {
  readonly sequenceCertain = 0;
  readonly kind = 'memory';
  readonly fault = null;
  readonly pendingBytes = 0;
  readonly #clock: TestClock;
  readonly #rows: (Row | null)[] = [null];
  readonly #subjects = new Map<string, number>();
  readonly #listeners: StoreListener[] = [];
  readonly #loads: (() => void)[] = [];
  /** Reads from these sequences on have to load first. */
  onDiskFrom = Number.POSITIVE_INFINITY;
  isLazy = false;
  sequenceDurable = 0;
  #first = 1;
  #messages = 0;

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  get state(): StreamState {
    const sequenceLast = this.#rows.length - 1;
    return {
      messages: this.#messages,
      bytes: 0,
      sequenceFirst: this.#first,
      sequenceLast,
      timeFirst: 0n,
      timeLast: 0n,
      subjects: this.#subjects.size,
      deleted: 0,
      lost: null,
    };
  }

  listen(listener: StoreListener): void {
    this.#listeners.push(listener);
  }

  add(subject: string, payload: string, header = ''): number {
    const ns = BigInt(Math.round(this.#clock.realtimeMs() * 1e6));
    const sequence = this.append(
      makeMessage(subject, payload, '', header),
      Number(ns >> 32n),
      Number(ns & 0xffffffffn),
    );
    if (!this.isLazy) this.makeDurable();
    return sequence;
  }

  makeDurable(): void {
    this.sequenceDurable = this.#rows.length - 1;
    for (const listener of this.#listeners) listener.durable();
  }

  append(message: Message, timeHigh: number, timeLow: number): number {
    const subject = arrivalOf(message).subject;
    const subjectId = this.#subjects.get(subject) ?? this.#subjects.size;
    this.#subjects.set(subject, subjectId);
    this.#rows.push({ subject, subjectId, message, timeHigh, timeLow });
    this.#messages++;
    return this.#rows.length - 1;
  }

  recordBytes(): number {
    return 0;
  }

  skipTo(sequence: number): void {
    while (this.#rows.length <= sequence) this.#rows.push(null);
    this.#moveFirst();
    if (!this.isLazy) this.makeDurable();
  }

  whenDurable(_sequence: number, callback: () => void): void {
    callback();
  }

  updateLimits(): void {
    // There are none.
  }

  filter(subjects: readonly string[]): StoreFilter {
    const names = this.#subjects;
    return {
      subjects,
      has: (subjectId) => [...names].some(([name, id]) => id === subjectId && matchesAny(name, subjects)),
      close: () => undefined,
    };
  }

  nextSequence(filter: StoreFilter | null, from: number): number {
    for (let i = Math.max(1, from); i < this.#rows.length; i++) if (this.#passes(filter, i)) return i;
    return 0;
  }

  previousSequence(filter: StoreFilter | null, upTo: number): number {
    for (let i = Math.min(upTo, this.#rows.length - 1); i > 0; i--) if (this.#passes(filter, i)) return i;
    return 0;
  }

  count(filter: StoreFilter | null, from: number): number {
    let count = 0;
    for (let i = Math.max(1, from); i < this.#rows.length; i++) if (this.#passes(filter, i)) count++;
    return count;
  }

  lastPerSubject(filter: StoreFilter | null, upTo: number): number[] {
    const last = new Map<string, number>();
    for (let i = 1; i <= Math.min(upTo, this.#rows.length - 1); i++) {
      const row = this.#rows[i];
      if (row && this.#passes(filter, i)) last.set(row.subject, i);
    }
    return [...last.values()].sort((a, b) => a - b);
  }

  subjectIdOf(sequence: number): number {
    return this.#rows[sequence]?.subjectId ?? -1;
  }

  lastOfSubject(): number {
    throw new Error('Not needed');
  }

  countOfSubject(): number {
    throw new Error('Not needed');
  }

  subjectTotals(): SubjectTotal[] {
    throw new Error('Not needed');
  }

  deletedSequences(): number[] {
    throw new Error('Not needed');
  }

  async sequenceAtTime(timeNs: bigint): Promise<number> {
    for (let i = 1; i < this.#rows.length; i++) {
      const row = this.#rows[i];
      if (row && (BigInt(row.timeHigh) << 32n) + BigInt(row.timeLow) >= timeNs) return i;
    }
    return this.#rows.length;
  }

  read(sequence: number, into: StoredMessage): ReadResult {
    const row = this.#rows[sequence];
    if (!row) return READ_MISSING;
    if (sequence >= this.onDiskFrom) return READ_LOADING;
    Object.assign(into.message, row.message);
    into.sequence = sequence;
    into.timeHigh = row.timeHigh;
    into.timeLow = row.timeLow;
    return READ_FOUND;
  }

  load(_sequence: number, callback: () => void): void {
    this.#loads.push(callback);
  }

  finishLoads(): void {
    this.onDiskFrom = Number.POSITIVE_INFINITY;
    for (const callback of this.#loads.splice(0)) callback();
  }

  remove(sequence: number): boolean {
    const row = this.#rows[sequence];
    if (!row) return false;
    this.#rows[sequence] = null;
    this.#messages--;
    this.#moveFirst();
    for (const listener of this.#listeners) listener.removed(sequence, row.subjectId);
    return true;
  }

  purge(request: PurgeRequest): number {
    let purged = 0;
    for (let i = 1; i < this.#rows.length; i++) {
      const row = this.#rows[i];
      if (!row || (request.filter !== null && !subjectMatches(row.subject, request.filter))) continue;
      if (request.sequence > 0 && i >= request.sequence) continue;
      this.#rows[i] = null;
      this.#messages--;
      purged++;
    }
    this.#moveFirst();
    for (const listener of this.#listeners) listener.removedMany();
    return purged;
  }

  async flush(): Promise<void> {
    // Nothing waits.
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  async destroy(): Promise<void> {
    // Nothing is kept.
  }

  #passes(filter: StoreFilter | null, sequence: number): boolean {
    const row = this.#rows[sequence];
    return row !== null && row !== undefined && (filter === null || matchesAny(row.subject, filter.subjects));
  }

  #moveFirst(): void {
    while (this.#first < this.#rows.length && !this.#rows[this.#first]) this.#first++;
  }
}

function matchesAny(subject: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => subjectMatches(subject, pattern));
}

export class TestConsumerStore implements ConsumerStore {
  readonly recovered: ConsumerState | null;
  /** Callbacks of whenDurable wait for finish(). */
  readonly #waiting: (() => void)[] = [];
  #snapshot: (() => ConsumerState) | null = null;
  changes = 0;

  constructor(recovered: ConsumerState | null = null) {
    this.recovered = recovered;
  }

  changed(snapshot: () => ConsumerState): void {
    this.changes++;
    this.#snapshot = snapshot;
  }

  /** What would be written now. */
  state(): ConsumerState | null {
    return this.#snapshot === null ? this.recovered : this.#snapshot();
  }

  whenDurable(callback: () => void): void {
    this.#waiting.push(callback);
  }

  finish(): void {
    for (const callback of this.#waiting.splice(0)) callback();
  }

  async flush(): Promise<void> {
    // Nothing waits.
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  async destroy(): Promise<void> {
    // Nothing is kept.
  }
}

export class TestEntropy implements Entropy {
  #next = 7;

  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.#next++ & 0xff;
  }
}

export const TEST_LOG = SILENT_LOGGER;

/** Everything a consumer needs, and what it did. */
export class TestStream implements ConsumerEnvironment {
  readonly stream = 'S';
  readonly clock = new TestClock();
  readonly bus = new TestBus();
  readonly store = new TestStore(this.clock);
  readonly entropy = new TestEntropy();
  readonly log = TEST_LOG;
  readonly acks = new AckRouter(this.bus, (message) => this.unknownAcks.push(arrivalOf(message).subject));
  consumerStore = new TestConsumerStore();
  answersWhenDurable = false;
  removesAcknowledged = false;
  messagesPerSubjectMax = -1;
  messageBytesMax = 1_048_576;
  apiLevel = 5;
  readonly unknownAcks: string[] = [];
  readonly events: ConsumerEvent[] = [];
  readonly acked: number[] = [];
  inactive = 0;
  fence = '';
  consumer: Consumer | null = null;

  constructor() {
    this.store.listen({
      durable: () => this.consumer?.streamDurable(),
      removed: (sequence, subjectId) => this.consumer?.messageRemoved(sequence, subjectId),
      removedMany: () => this.consumer?.messagesRemoved(),
      expired: () => undefined,
      faulted: () => undefined,
    });
  }

  acknowledged(sequence: number): void {
    this.acked.push(sequence);
  }

  event(event: ConsumerEvent): void {
    this.events.push(event);
  }

  removeInactive(): void {
    this.inactive++;
    this.consumer?.remove();
  }

  fenced(reason: string): void {
    this.fence = reason;
  }

  add(...subjects: string[]): void {
    for (const subject of subjects) this.store.add(subject, `data-${subject}`);
  }

  /** Creates and starts the consumer, `C` by name. */
  async open(config: Partial<ConsumerConfig>): Promise<Consumer> {
    this.consumer = await openConsumer(this, 'C', makeConfig(config));
    this.consumer.start();
    return this.consumer;
  }

  /** Asks for messages; what arrives in the inbox. */
  pull(body: string, inbox: string): Arrival[] & { close(): void } {
    const arrivals = this.bus.collect(inbox);
    this.bus.send('$JS.API.CONSUMER.MSG.NEXT.S.C', body, inbox);
    return arrivals;
  }
}

/** A durable pull consumer with explicit acknowledgement unless told otherwise; defaults as the API applies them. */
export function makeConfig(config: Partial<ConsumerConfig>): ConsumerConfig {
  const zero = CONSUMER_CONFIG.zero();
  const durable = { durable_name: 'C', name: 'C', ack_policy: 'explicit', ack_wait: 30e9 } as const;
  const limits = { max_deliver: -1, max_ack_pending: 1000, max_waiting: 512 };
  return { ...zero, ...durable, ...limits, ...config };
}
