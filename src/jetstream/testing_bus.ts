// Test code: a bus over a list of subscriptions, a clock that stands still until told, stores in memory, and an engine
// on top of them, for tests of this room. Only tests import it.
import { SILENT_LOGGER } from '../base/log.ts';
import {
  type Bus,
  type BusHandler,
  type BusSubscription,
  DELIVERED,
  DELIVERED_CONGESTED,
  DELIVERED_NONE,
  type DeliveryResult,
} from '../ports/bus.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import { Message } from '../ports/message.ts';
import { MemoryConsumerStore } from '../store/memory_consumer_store.ts';
import { MemoryStreamStore } from '../store/memory_stream_store.ts';
import { subjectMatches } from '../subject/subject.ts';
import type { EngineParts } from './account.ts';
import type { ConsumerConfig } from './consumer/consumer_config.ts';
import { BATCH_LIMITS_DEFAULT, type ServerLimits } from './limits.ts';
import type {
  RecoveredConsumer,
  RecoveredStream,
  RestoringStream,
  StoreProvider,
  StreamStorage,
} from './store_provider.ts';
import { storeLimits } from './stream/stream.ts';
import type { StreamConfig } from './stream/stream_config.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** 2024-01-01T00:00:00Z. */
export const START_MS = 1_704_067_200_000;

interface TestTimer {
  readonly atMs: number;
  readonly callback: () => void;
  isOver: boolean;
}

export class TestingClock implements Clock {
  #nowMs = 0;
  #timers: TestTimer[] = [];
  #turnEnd: (() => void)[] = [];

  monotonicMs(): number {
    return this.#nowMs;
  }

  realtimeMs(): number {
    return START_MS + this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer: TestTimer = { atMs: this.#nowMs + delayMs, callback, isOver: false };
    this.#timers.push(timer);
    return {
      cancel: () => {
        timer.isOver = true;
      },
    };
  }

  atTurnEnd(callback: () => void): void {
    this.#turnEnd.push(callback);
  }

  /** Lets time pass and fires what is due, in order. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      for (const callback of this.#turnEnd.splice(0)) callback();
      this.#timers = this.#timers.filter((timer) => !timer.isOver);
      const [due] = this.#timers.filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (due === undefined) break;
      due.isOver = true;
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.callback();
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

export function makeMessage(subject: string, payload: string | Uint8Array, reply = '', header = ''): Message {
  const message = new Message();
  const head = encoder.encode(header);
  message.subject = encoder.encode(subject);
  message.subjectEnd = message.subject.length;
  message.reply = encoder.encode(reply);
  message.replyEnd = message.reply.length;
  message.body = Buffer.concat([head, typeof payload === 'string' ? encoder.encode(payload) : payload]);
  message.payloadStart = head.length;
  message.payloadEnd = message.body.length;
  return message;
}

function arrivalOf(message: Message): Arrival {
  const { subject, reply, body } = message;
  return {
    subject: decoder.decode(subject.subarray(message.subjectStart, message.subjectEnd)),
    reply: decoder.decode(reply.subarray(message.replyStart, message.replyEnd)),
    header: decoder.decode(body.subarray(message.headerStart, message.payloadStart)),
    payload: decoder.decode(body.subarray(message.payloadStart, message.payloadEnd)),
  };
}

interface InterestWatcher {
  readonly subject: string;
  readonly queue: string | null;
  readonly callback: (hasInterest: boolean) => void;
}

export class TestingBus implements Bus {
  readonly account: string;
  #subscriptions: { readonly subject: string; readonly queue: string | null; readonly handler: BusHandler }[] = [];
  #watchers: InterestWatcher[] = [];
  #inboxes = 0;
  /** Deliveries to these subjects are taken, with a full buffer. */
  readonly congested = new Set<string>();
  #relief: (() => void)[] = [];

  constructor(account = 'A') {
    this.account = account;
  }

  subscribe(subject: string, queue: string | null, handler: BusHandler): BusSubscription {
    const subscription = { subject, queue, handler };
    this.#change(() => {
      this.#subscriptions = [...this.#subscriptions, subscription];
    });
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
    this.#watchers = [...this.#watchers, watcher];
    return () => {
      this.#watchers = this.#watchers.filter((other) => other !== watcher);
    };
  }

  whenRelieved(_target: Uint8Array, _start: number, _end: number, callback: () => void): void {
    this.#relief.push(callback);
  }

  relieve(): void {
    this.congested.clear();
    for (const callback of this.#relief.splice(0)) callback();
  }

  /** Subjects that are subscribed to now. */
  subjects(): readonly string[] {
    return this.#subscriptions.map(({ subject }) => subject);
  }

  /** Collects what arrives on a subject. */
  collect(subject: string): Arrival[] {
    const arrivals: Arrival[] = [];
    this.subscribe(subject, null, (message) => arrivals.push(arrivalOf(message)));
    return arrivals;
  }

  newInbox(): string {
    this.#inboxes++;
    return `_INBOX.${this.#inboxes}`;
  }

  send(subject: string, payload: string | Uint8Array, reply = '', header = ''): DeliveryResult {
    return this.publish(makeMessage(subject, payload, reply, header));
  }

  /** The first answer to a request. */
  ask(subject: string, payload: string | Uint8Array, header = ''): Promise<Arrival> {
    return new Promise((resolve, reject) => {
      const inbox = this.newInbox();
      const subscription = this.subscribe(inbox, null, (message) => {
        const arrival = arrivalOf(message);
        subscription.close();
        resolve(arrival);
      });
      if (this.send(subject, payload, inbox, header) === DELIVERED_NONE) reject(new Error(`nobody at ${subject}`));
    });
  }

  #change(action: () => void): void {
    const watchers = this.#watchers;
    const before = watchers.map(({ subject, queue }) => this.hasExactInterest(subject, queue));
    action();
    for (const [i, { subject, queue, callback }] of watchers.entries()) {
      const now = this.hasExactInterest(subject, queue);
      if (now !== before[i]) callback(now);
    }
  }
}

interface KeptStream {
  config: StreamConfig;
  readonly createdNs: bigint;
  readonly storage: StreamStorage;
  readonly consumers: Map<string, RecoveredConsumer>;
}

/** Streams in memory that a second engine on the same provider finds again, as after a restart. */
export class TestingStores implements StoreProvider {
  readonly #clock: Clock;
  readonly #kept = new Map<string, KeptStream>();
  /** The next creation fails with this. */
  failure: Error | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async createStream(account: string, config: StreamConfig, createdNs: bigint): Promise<StreamStorage> {
    this.#maybeFail();
    const store = new MemoryStreamStore({ clock: this.#clock, limits: storeLimits(config), seed: 1 });
    const key = `${account} ${config.name}`;
    const consumers = new Map<string, RecoveredConsumer>();
    const storage: StreamStorage = {
      store,
      saveConfig: async (changed) => {
        kept.config = changed;
      },
      createConsumer: async (name, consumerConfig, consumerCreatedNs) => {
        this.#maybeFail();
        const consumerStorage = {
          store: new MemoryConsumerStore(),
          saveConfig: async (changed: ConsumerConfig) => {
            consumers.set(name, { name, config: changed, createdNs: consumerCreatedNs, storage: consumerStorage });
          },
        };
        await consumerStorage.saveConfig(consumerConfig);
        return consumerStorage;
      },
      recoverConsumers: async () => [...consumers.values()],
    };
    const kept: KeptStream = { config, createdNs, storage, consumers };
    this.#kept.set(key, kept);
    return storage;
  }

  async restoreStream(account: string, config: StreamConfig): Promise<RestoringStream> {
    this.#maybeFail();
    const store = new MemoryStreamStore({ clock: this.#clock, limits: storeLimits(config), seed: 1 });
    const consumers: RecoveredConsumer[] = [];
    return {
      store,
      importMessages: async () => {
        throw new Error('memory has no files');
      },
      addConsumer: async (name, consumerConfig, createdNs, state) => {
        const storage = { store: new MemoryConsumerStore(state), saveConfig: async () => undefined };
        consumers.push({ name, config: consumerConfig, createdNs, storage });
      },
      finish: async () => {
        const made = await this.createStream(account, config, 0n);
        return { ...made, store, recoverConsumers: async () => consumers };
      },
      discard: () => store.destroy(),
    };
  }

  async recover(account: string): Promise<readonly RecoveredStream[]> {
    const entries = [...this.#kept].filter(([key]) => key.startsWith(`${account} `));
    return entries.map(([, { config, createdNs, storage }]) => ({ config, createdNs, storage }));
  }

  #maybeFail(): void {
    const { failure } = this;
    this.failure = null;
    if (failure !== null) throw failure;
  }
}

export const TESTING_LIMITS: ServerLimits = {
  memoryBytesMax: Number.MAX_SAFE_INTEGER,
  storeBytesMax: Number.MAX_SAFE_INTEGER,
  duplicateWindowMaxNs: 0,
  ackPendingMax: 0,
  requestBatchMax: 0,
  consumersDefaultMax: 1000,
  batches: BATCH_LIMITS_DEFAULT,
};

/** Counts up, so that names differ and are the same in every run. */
export class TestingEntropy implements Entropy {
  #next = 0;

  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      this.#next = (this.#next * 5 + 7 + i) & 0xff;
      bytes[i] = this.#next;
    }
  }
}

export function testingParts(clock: Clock, stores: StoreProvider): EngineParts {
  return {
    clock,
    entropy: new TestingEntropy(),
    log: SILENT_LOGGER,
    stores,
    limits: TESTING_LIMITS,
    serverName: 'SERVER',
    domain: '',
    answersWhenDurable: false,
    payloadBytesMax: 1 << 20,
    pendingBytesMax: 64 << 20,
  };
}
