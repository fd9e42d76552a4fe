// JetStream for one account: its streams, its limits, what its API was asked. Streams are created, changed and removed
// one after the other, so that two requests never meet in the middle of one. Requests come through api/api_router.ts.
import { utf8Text } from '../base/bytes.ts';
import { errorText } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { NanoTime } from '../base/nanos.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import { Message } from '../ports/message.ts';
import type { StreamStore } from '../store/stream_store.ts';
import { Advisories } from './advisories.ts';
import { type ApiError, apiError } from './api/api_error.ts';
import { Transfers } from './backup/transfers.ts';
import { AckRouter } from './consumer/ack_router.ts';
import type { AccountLimits, ServerLimits } from './limits.ts';
import type { StoreProvider, StreamStorage } from './store_provider.ts';
import type { BatchBudget } from './stream/batch_budget.ts';
import { type Reserved, reservedBytes } from './stream/reservations.ts';
import { Stream, type StreamParts } from './stream/stream.ts';
import type { Storage, StreamConfig } from './stream/stream_config.ts';
import { Usage } from './usage.ts';

/** What all accounts of a server share. */
export interface EngineParts {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Logger;
  readonly stores: StoreProvider;
  readonly limits: ServerLimits;
  readonly serverName: string;
  /** Empty without a domain. */
  readonly domain: string;
  /** Whether acknowledgements wait for the disk (sync always). */
  readonly answersWhenDurable: boolean;
  readonly payloadBytesMax: number;
  /** What one client may have waiting: the most that one direct get sends. */
  readonly pendingBytesMax: number;
}

/** What the configuration says of an account. */
export interface AccountTerms {
  readonly limits: AccountLimits;
  readonly payloadBytesMax: number;
}

/** What an account must know of the rest of its server. */
export interface Surroundings {
  /** Whether the whole server has room for so many more bytes. */
  admit(storage: Storage, bytes: number): boolean;
  /** What the streams of all accounts reserve. */
  reserved(): Reserved;
  /** What the batches of all streams share. */
  readonly batches: BatchBudget;
}

export class JetStreamAccount {
  readonly bus: Bus;
  /** A reload may change them, for what is made, changed or stored from then on. */
  limits: AccountLimits;
  /** What its clients may publish at most; where it is not above zero, what those of the server may. A reload changes it. */
  payloadBytesMax: number;
  readonly advisories: Advisories;
  readonly parts: EngineParts;
  /** Backups and restores under way. */
  readonly transfers = new Transfers();
  readonly #surroundings: Surroundings;
  readonly #streams = new Map<string, Stream>();
  readonly #acks: AckRouter;
  readonly #usage: Usage;
  /** Ends when every change asked for so far is done. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(parts: EngineParts, bus: Bus, terms: AccountTerms, surroundings: Surroundings) {
    const { clock, entropy, serverName, domain } = parts;
    this.parts = parts;
    this.bus = bus;
    this.limits = terms.limits;
    this.payloadBytesMax = terms.payloadBytesMax;
    this.#surroundings = surroundings;
    this.advisories = new Advisories({ bus, clock, entropy, serverName, domain });
    this.#acks = new AckRouter(bus, (message) => this.#answerNobody(message));
    this.#usage = new Usage({ stores: () => this.stores() });
  }

  // --- what is there -------------------------------------------------------------------------------------------------

  get streamCount(): number {
    return this.#streams.size;
  }

  get consumerCount(): number {
    let count = 0;
    for (const stream of this.#streams.values()) count += stream.consumers.count;
    return count;
  }

  stream(name: string): Stream | undefined {
    return this.#streams.get(name);
  }

  streams(): Iterable<Stream> {
    return this.#streams.values();
  }

  *stores(): Iterable<StreamStore> {
    for (const stream of this.#streams.values()) yield stream.store;
    yield* this.transfers.stores();
  }

  configs(): ReadonlyMap<string, StreamConfig> {
    return new Map([...this.#streams].map(([name, stream]) => [name, stream.config]));
  }

  reserved(): Reserved {
    return reservedBytes(this.configs().values(), null);
  }

  serverReserved(): Reserved {
    return this.#surroundings.reserved();
  }

  /** Bytes stored now. */
  usedBytes(storage: Storage): number {
    return this.#usage.bytes(storage);
  }

  /** What stopped and why: `stream` or `stream > consumer`. */
  faults(): ReadonlyMap<string, string> {
    const faults = new Map<string, string>();
    for (const [name, stream] of this.#streams) {
      if (stream.fault !== null) faults.set(name, stream.fault);
      for (const [consumer, reason] of stream.consumers.faults()) faults.set(`${name} > ${consumer}`, reason);
    }
    return faults;
  }

  nowNs(): bigint {
    const time = new NanoTime();
    time.setMs(this.parts.clock.realtimeMs());
    return time.toNs();
  }

  // --- changes -------------------------------------------------------------------------------------------------------

  /** Runs `change` when all changes before it are done; its failure is its caller's, and stops nobody else. */
  changeInTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(change);
    this.#changes = result.catch(() => undefined);
    return result;
  }

  /** Inside changeInTurn() only, as are the others: the configuration was planned for what is there now. */
  async createStream(config: StreamConfig): Promise<Stream> {
    const createdNs = this.nowNs();
    const storage = await this.parts.stores.createStream(this.bus.account, config, createdNs);
    const stream = new Stream(this.#streamParts(), storage, config, createdNs);
    this.#streams.set(config.name, stream);
    stream.start();
    return stream;
  }

  /** A stream that was restored, with everything it had. */
  async adoptStream(config: StreamConfig, createdNs: bigint, storage: StreamStorage): Promise<Stream> {
    const stream = new Stream(this.#streamParts(), storage, config, createdNs);
    this.#streams.set(config.name, stream);
    await stream.recover();
    this.advisories.streamAction(config.name, 'create');
    return stream;
  }

  async removeStream(name: string): Promise<void> {
    const stream = this.#streams.get(name);
    if (stream === undefined) return;
    this.transfers.streamRemoved(name);
    this.#streams.delete(name);
    await stream.remove();
  }

  /** Everything that was there before the server started. */
  async recover(): Promise<void> {
    for (const { config, createdNs, storage } of await this.parts.stores.recover(this.bus.account)) {
      const stream = new Stream(this.#streamParts(), storage, config, createdNs);
      this.#streams.set(config.name, stream);
      await stream.recover();
    }
  }

  async close(): Promise<void> {
    await this.transfers.close();
    await this.#changes;
    this.#acks.close();
    await Promise.all([...this.#streams.values()].map((stream) => this.#closeStream(stream)));
  }

  /** One that cannot be closed must not keep the others open. */
  async #closeStream(stream: Stream): Promise<void> {
    try {
      await stream.close();
    } catch (error) {
      this.parts.log.error(`Cannot close stream '${this.bus.account} > ${stream.config.name}': ${errorText(error)}`);
    }
  }

  // --- parts ---------------------------------------------------------------------------------------------------------

  #streamParts(): StreamParts {
    const { parts } = this;
    const payloadBytesMax = () => (this.payloadBytesMax > 0 ? this.payloadBytesMax : parts.payloadBytesMax);
    const { clock, entropy, log, domain, answersWhenDurable, pendingBytesMax } = parts;
    return {
      bus: this.bus,
      clock,
      entropy,
      log,
      acks: this.#acks,
      advisories: this.advisories,
      answersWhenDurable,
      // A reload changes it.
      get payloadBytesMax() {
        return payloadBytesMax();
      },
      domain,
      directGetBytesMax: pendingBytesMax,
      batches: this.#surroundings.batches,
      admit: (storage, bytes) => this.#admit(storage, bytes),
    };
  }

  #admit(storage: Storage, bytes: number): ApiError | null {
    const limit = storage === 'memory' ? this.limits.max_memory : this.limits.max_storage;
    if (!this.#usage.admit(storage, bytes, limit)) return apiError('JSAccountResourcesExceededErr');
    return this.#surroundings.admit(storage, bytes) ? null : apiError('JSInsufficientResourcesErr');
  }

  /** Whether there is room for what a backup has, in the reference's words for that. */
  admitRestored(storage: Storage, bytes: number): ApiError | null {
    if (this.#admit(storage, bytes) === null) return null;
    return apiError(storage === 'memory' ? 'JSMemoryResourcesExceededErr' : 'JSStorageResourcesExceededErr');
  }

  /** An acknowledgement to a consumer that is gone: its sender learns what it would without any subscription. */
  #answerNobody(message: Message): void {
    const answer = new Message();
    answer.subject = message.reply;
    answer.subjectStart = message.replyStart;
    answer.subjectEnd = message.replyEnd;
    const subject = utf8Text(message.subject, message.subjectStart, message.subjectEnd);
    answer.body = Buffer.from(`NATS/1.0 503\r\nNats-Subject: ${subject}\r\n\r\n`);
    answer.payloadStart = answer.body.length;
    answer.payloadEnd = answer.body.length;
    this.bus.publish(answer);
  }
}
