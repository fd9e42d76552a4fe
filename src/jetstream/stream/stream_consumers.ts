// The consumers of one stream: who they are, what they are told, how they come and go. The stream owns this; requests
// reach consumers through it. What becomes of messages that all of them are done with is interest.ts's business.
import { errorText } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { NanoTime } from '../../base/nanos.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Entropy } from '../../ports/entropy.ts';
import { type ConsumerState, NOTHING_DELIVERED } from '../../store/consumer_store.ts';
import { subjectMatches } from '../../subject/subject.ts';
import type { Advisories } from '../advisories.ts';
import { API_LEVEL } from '../asset_metadata.ts';
import type { AckRouter } from '../consumer/ack_router.ts';
import { type Consumer, openConsumer } from '../consumer/consumer.ts';
import { type ConsumerConfig, filtersOf } from '../consumer/consumer_config.ts';
import type { ConsumerEnvironment } from '../consumer/consumer_environment.ts';
import { type ConsumerInfo, consumerInfo } from '../consumer/consumer_info.ts';
import type { ConsumerStorage, RecoveredConsumer, StreamStorage } from '../store_provider.ts';
import { ephemeralName } from '../unique_id.ts';
import { refuseUnsupportedConsumer } from '../unsupported.ts';
import { Interest } from './interest.ts';
import type { StreamConfig } from './stream_config.ts';

export interface ConsumerParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Logger;
  readonly acks: AckRouter;
  readonly advisories: Advisories;
  readonly answersWhenDurable: boolean;
  readonly payloadBytesMax: number;
}

export interface StreamConsumer {
  readonly name: string;
  readonly consumer: Consumer;
  readonly storage: ConsumerStorage;
  readonly createdNs: bigint;
  /** Why it no longer works, for /healthz; null while it does. */
  fault: string | null;
}

/** A consumer that could not be brought up again: it stays on disk as it is, and its messages stay too. */
export interface OfflineConsumer {
  readonly config: ConsumerConfig;
  readonly storage: ConsumerStorage;
  readonly reason: string;
}

/** A consumer as a backup keeps it. */
export interface ArchivedConsumer {
  readonly config: ConsumerConfig;
  readonly state: ConsumerState;
}

export class StreamConsumers {
  readonly #parts: ConsumerParts;
  readonly #storage: StreamStorage;
  #config: StreamConfig;
  readonly #byName = new Map<string, StreamConsumer>();
  readonly #offline = new Map<string, OfflineConsumer>();
  /** Those that work, for the loops of the message path. */
  #list: readonly StreamConsumer[] = [];
  readonly #interest: Interest;
  /** Ends when everything that was removed is gone from disk: a new consumer may have the name of an old one. */
  #removals: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(parts: ConsumerParts, storage: StreamStorage, config: StreamConfig) {
    this.#parts = parts;
    this.#storage = storage;
    this.#config = config;
    this.#interest = new Interest({
      store: storage.store,
      clock: parts.clock,
      retention: () => this.#config.retention,
      hasConsumers: () => this.#byName.size + this.#offline.size > 0,
      isNeeded: (sequence, subjectId) => this.#isNeeded(sequence, subjectId),
    });
  }

  get count(): number {
    return this.#byName.size + this.#offline.size;
  }

  get(name: string): StreamConsumer | undefined {
    return this.#byName.get(name);
  }

  /** Why a consumer could not be brought up; null when it could, or is not there at all. */
  offlineReason(name: string): string | null {
    return this.#offline.get(name)?.reason ?? null;
  }

  names(): readonly string[] {
    return [...this.#byName.keys(), ...this.#offline.keys()];
  }

  configs(): ReadonlyMap<string, ConsumerConfig> {
    const configs = new Map<string, ConsumerConfig>();
    for (const [name, { config }] of this.#offline) configs.set(name, config);
    for (const [name, { consumer }] of this.#byName) configs.set(name, consumer.config);
    return configs;
  }

  info(name: string): ConsumerInfo | null {
    const entry = this.#byName.get(name);
    if (entry === undefined) return null;
    const { consumer, createdNs } = entry;
    const identity = { stream: this.#config.name, name, createdNs, config: consumer.config, nowNs: this.#nowNs() };
    return consumerInfo(identity, consumer.numbers());
  }

  /** All of them as a backup keeps them. What one that is offline had is what it will have again. */
  archived(): readonly ArchivedConsumer[] {
    const offline = [...this.#offline].map(([name, { config, storage }]) => {
      return { config: { ...config, name }, state: storage.store.recovered ?? NOTHING_DELIVERED };
    });
    const working = [...this.#byName.values()].map(({ name, consumer }) => {
      return { config: { ...consumer.config, name }, state: consumer.state() };
    });
    return [...offline, ...working];
  }

  /** Consumers that do not work, and why. */
  faults(): ReadonlyMap<string, string> {
    const faults = new Map<string, string>();
    for (const [name, { reason }] of this.#offline) faults.set(name, reason);
    for (const [name, { fault }] of this.#byName) if (fault !== null) faults.set(name, fault);
    return faults;
  }

  // --- coming --------------------------------------------------------------------------------------------------------

  async recover(): Promise<void> {
    for (const recovered of await this.#storage.recoverConsumers()) await this.#recoverOne(recovered);
  }

  /** One that cannot be brought up must not keep the stream, or the others, from coming up. */
  async #recoverOne({ name, config, createdNs, storage }: RecoveredConsumer): Promise<void> {
    const unsupported = refuseUnsupportedConsumer(config);
    let reason = unsupported?.description ?? null;
    if (reason === null) {
      try {
        await this.#open(name, config, createdNs, storage);
        return;
      } catch (error) {
        reason = `recovery failed: ${errorText(error)}`;
      }
    }
    this.#offline.set(name, { config, storage, reason });
    this.#parts.log.error(`Consumer '${this.#config.name} > ${name}' stays offline: ${reason}`);
  }

  /** A name for a consumer that was given none. */
  newName(): string {
    for (;;) {
      const name = ephemeralName(this.#parts.entropy);
      if (!this.#byName.has(name)) return name;
    }
  }

  /** The configuration was planned for this stream (consumer_plan.ts); nobody has the name. */
  async create(name: string, config: ConsumerConfig): Promise<void> {
    await this.#removals;
    const createdNs = this.#nowNs();
    const storage = await this.#storage.createConsumer(name, config, createdNs);
    try {
      await this.#open(name, config, createdNs, storage);
    } catch (error) {
      await storage.store.destroy();
      throw error;
    }
    this.#parts.advisories.consumerAction(this.#config.name, name, 'create');
  }

  async #open(name: string, config: ConsumerConfig, createdNs: bigint, storage: ConsumerStorage): Promise<void> {
    const consumer = await openConsumer(this.#environment(name, storage), name, config);
    if (this.#isClosed) return;
    this.#byName.set(name, { name, consumer, storage, createdNs, fault: null });
    this.#relist();
    consumer.start();
  }

  /** The configuration was planned (consumer_plan.ts). It is on disk before it counts. */
  async update(name: string, config: ConsumerConfig): Promise<void> {
    const entry = this.#byName.get(name);
    if (entry === undefined) return;
    await entry.storage.saveConfig(config);
    // It may have gone by itself meanwhile.
    if (this.#byName.get(name) !== entry) return;
    const filtersBefore = filtersOf(entry.consumer.config).join(' ');
    entry.consumer.update(config);
    if (filtersOf(config).join(' ') !== filtersBefore) this.#interest.sweep();
  }

  // --- going ---------------------------------------------------------------------------------------------------------

  /** False when there is no such consumer. */
  async remove(name: string): Promise<boolean> {
    const entry = this.#byName.get(name);
    const storage = entry?.storage ?? this.#offline.get(name)?.storage;
    if (storage === undefined) return false;
    this.#byName.delete(name);
    this.#offline.delete(name);
    this.#relist();
    this.#parts.advisories.consumerAction(this.#config.name, name, 'delete');
    entry?.consumer.remove();
    this.#interest.sweep();
    await this.#destroy([storage]);
    return true;
  }

  /** The stream is deleted, and all of its consumers with it. */
  async removeAll(): Promise<void> {
    this.#isClosed = true;
    this.#interest.stop();
    const storages = [...this.#byName.values(), ...this.#offline.values()].map(({ storage }) => storage);
    const names = this.names();
    const entries = [...this.#byName.values()];
    this.#byName.clear();
    this.#offline.clear();
    this.#relist();
    for (const name of names) this.#parts.advisories.consumerAction(this.#config.name, name, 'delete');
    for (const { consumer } of entries) consumer.remove();
    // What they have on disk goes with the stream's directory, all at once: removed one by one before it, a crash would
    // leave a stream without its consumers.
    await Promise.all(storages.map(({ store }) => store.close()));
    await this.#removals;
  }

  #destroy(storages: readonly ConsumerStorage[]): Promise<unknown> {
    const destroyed = Promise.all(storages.map(({ store }) => store.destroy()));
    this.#removals = Promise.allSettled([this.#removals, destroyed]);
    return destroyed;
  }

  /** The server stops: who waits is told, and what consumers know is written. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#interest.stop();
    for (const { consumer } of this.#byName.values()) consumer.shutDown();
    await this.#removals;
    const entries = [...this.#byName.values(), ...this.#offline.values()];
    await Promise.all(entries.map(({ storage }) => storage.store.close()));
  }

  #relist(): void {
    this.#list = [...this.#byName.values()].filter(({ fault }) => fault === null);
  }

  // --- what the store and the stream tell them -----------------------------------------------------------------------

  durable(): void {
    const list = this.#list;
    for (let i = 0; i < list.length; i++) {
      const entry = list[i] as StreamConsumer;
      try {
        entry.consumer.streamDurable();
      } catch (error) {
        this.#fence(entry, error);
      }
    }
  }

  removed(sequence: number, subjectId: number): void {
    const list = this.#list;
    for (let i = 0; i < list.length; i++) {
      const entry = list[i] as StreamConsumer;
      try {
        entry.consumer.messageRemoved(sequence, subjectId);
      } catch (error) {
        this.#fence(entry, error);
      }
    }
  }

  removedMany(): void {
    for (const entry of this.#list) {
      try {
        entry.consumer.messagesRemoved();
      } catch (error) {
        this.#fence(entry, error);
      }
    }
  }

  /** A bug in one consumer stops that one: it stays where it is, delivers nothing and says why. */
  #fence(entry: StreamConsumer, error: unknown): void {
    const reason = errorText(error);
    entry.fault = reason;
    this.#relist();
    this.#parts.log.error(`Consumer '${this.#config.name} > ${entry.name}' stopped: ${reason}`);
  }

  configChanged(config: StreamConfig): void {
    const isNewlyByInterest = config.retention === 'interest' && this.#config.retention !== 'interest';
    this.#config = config;
    if (isNewlyByInterest) this.#interest.sweep();
  }

  /** The consumers that ask for more than the limits of a changed configuration give. */
  violating(config: StreamConfig): readonly string[] {
    const { inactive_threshold: threshold, max_ack_pending: pending } = config.consumer_limits;
    const isViolating = (consumer: ConsumerConfig) =>
      (threshold > 0 && consumer.inactive_threshold > threshold) || (pending > 0 && consumer.max_ack_pending > pending);
    return [...this.configs()].filter(([, consumer]) => isViolating(consumer)).map(([name]) => name);
  }

  // --- interest ------------------------------------------------------------------------------------------------------

  /** Whether some consumer wants messages of this subject. */
  isInterestedIn(subject: string): boolean {
    const wants = (config: ConsumerConfig) => {
      const filters = filtersOf(config);
      return filters.length === 0 || filters.some((filter) => subjectMatches(subject, filter));
    };
    for (const { consumer } of this.#byName.values()) if (wants(consumer.config)) return true;
    for (const { config } of this.#offline.values()) if (wants(config)) return true;
    return false;
  }

  #isNeeded(sequence: number, subjectId: number): boolean {
    // What a consumer that is offline has done with, nobody knows.
    if (this.#offline.size > 0) return true;
    for (const { consumer } of this.#byName.values()) if (consumer.needs(sequence, subjectId)) return true;
    return false;
  }

  // --- parts ---------------------------------------------------------------------------------------------------------

  #environment(name: string, storage: ConsumerStorage): ConsumerEnvironment {
    const parts = this.#parts;
    const { bus, clock, entropy, log, acks, advisories, answersWhenDurable } = parts;
    const config = () => this.#config;
    return {
      stream: this.#config.name,
      store: this.#storage.store,
      consumerStore: storage.store,
      bus,
      clock,
      entropy,
      log,
      acks,
      answersWhenDurable,
      apiLevel: API_LEVEL,
      get removesAcknowledged() {
        return config().retention !== 'limits';
      },
      get messagesPerSubjectMax() {
        return config().max_msgs_per_subject;
      },
      get messageBytesMax() {
        return config().max_msg_size > 0 ? config().max_msg_size : parts.payloadBytesMax;
      },
      acknowledged: (sequence) => this.#interest.acknowledged(sequence),
      event: (event) => {
        const pauseUntil = this.#byName.get(name)?.consumer.config.pause_until ?? null;
        advisories.consumerEvent({ stream: config().name, name, pauseUntil }, event);
      },
      removeInactive: () => {
        this.remove(name).catch((error: unknown) => this.#removeFailed(name, error));
      },
      fenced: (reason) => {
        const entry = this.#byName.get(name);
        if (entry === undefined) return;
        entry.fault = reason;
        this.#relist();
      },
    };
  }

  #removeFailed(name: string, error: unknown): void {
    this.#parts.log.error(`Cannot remove consumer '${this.#config.name} > ${name}': ${errorText(error)}`);
  }

  #nowNs(): bigint {
    const time = new NanoTime();
    time.setMs(this.#parts.clock.realtimeMs());
    return time.toNs();
  }
}
