// One stream at work: joins its store, its ingest, its consumers and its direct gets, listens on its subjects, and does
// what requests ask of it. Decisions are in the parts; who may ask what is the API's business.
// A broken invariant inside stops this stream only: it listens no more and says why (`fault`).

import { utf8Text } from '../../base/bytes.ts';
import { errorText } from '../../base/errors.ts';
import { rfc3339Nano } from '../../base/nanos.ts';
import { Prng } from '../../base/prng.ts';
import type { BusSubscription } from '../../ports/bus.ts';
import type { Message } from '../../ports/message.ts';
import type { StoreLimits, StoreListener, StreamStore } from '../../store/stream_store.ts';
import { SubjectTransform } from '../../subject/transform.ts';
import type { ApiError } from '../api/api_error.ts';
import { SEQUENCE_STORED_MAX } from '../limits.ts';
import type { StreamStorage } from '../store_provider.ts';
import { refuseUnsupportedStream } from '../unsupported.ts';
import type { BatchBudget } from './batch_budget.ts';
import { DirectGet } from './direct_get.ts';
import { Ingest } from './ingest.ts';
import type { IngestRules } from './ingest_rules.ts';
import { copyMessage, type MessageCopy } from './message_reader.ts';
import { findPartialBatches, removePartialBatch } from './partial_batch.ts';
import { storeFailed } from './publish_checks.ts';
import type { RepublishRule } from './republisher.ts';
import type { SubjectTransform as ConfiguredTransform, Storage, StreamConfig } from './stream_config.ts';
import { type ConsumerParts, StreamConsumers } from './stream_consumers.ts';
import { type StateDetails, type StreamInfo, stateInfo } from './stream_info.ts';
import { SubjectMarkers } from './subject_markers.ts';

export interface StreamParts extends ConsumerParts {
  /** Empty without a domain. */
  readonly domain: string;
  /** What one direct get may send. */
  readonly directGetBytesMax: number;
  /** What the batches of the whole server may take. */
  readonly batches: BatchBudget;
  /** Whether account and server have room for so many more bytes. */
  admit(storage: Storage, bytes: number): ApiError | null;
}

/** What a store enforces of a configuration by itself. */
export function storeLimits(config: StreamConfig): StoreLimits {
  return {
    messagesMax: config.max_msgs,
    bytesMax: config.max_bytes,
    ageMaxNs: config.max_age,
    messagesPerSubjectMax: config.max_msgs_per_subject,
    discardNew: config.discard === 'new',
    discardNewPerSubject: config.discard_new_per_subject,
    marksExpired: config.subject_delete_marker_ttl > 0,
  };
}

/** Compat: whole seconds. */
function markerTtlSeconds(config: StreamConfig): number {
  return Math.floor(config.subject_delete_marker_ttl / 1e9);
}

function ingestRules(config: StreamConfig, domain: string): IngestRules {
  return {
    stream: config.name,
    domain: domain === '' ? null : domain,
    answers: !config.no_ack,
    isSealed: config.sealed,
    messageBytesMax: config.max_msg_size,
    messagesMax: config.max_msgs,
    bytesMax: config.max_bytes,
    messagesPerSubjectMax: config.max_msgs_per_subject,
    discardNew: config.discard === 'new',
    discardNewPerSubject: config.discard_new_per_subject,
    allowsRollup: config.allow_rollup_hdrs && !config.deny_purge,
    allowsAtomicBatches: config.allow_atomic,
    allowsFastBatches: config.allow_batched,
    allowsTtl: config.allow_msg_ttl,
    duplicateWindowMs: config.duplicate_window / 1e6,
    // Where a subject has one message only, its marker takes its place however short it lives.
    ttlSecondsMin: config.max_msgs_per_subject === 1 ? 0 : markerTtlSeconds(config),
    subjectTransform: transformOf(config.subject_transform),
    republish: republishRule(config),
  };
}

/** Of a configuration that was checked; an empty destination changes nothing. */
function transformOf(configured: ConfiguredTransform | null): SubjectTransform | null {
  if (configured === null || configured.dest === '') return null;
  const made = SubjectTransform.make(configured.src, configured.dest);
  return made.ok ? made.value : null;
}

function republishRule({ republish }: StreamConfig): RepublishRule | null {
  const transform = transformOf(republish);
  return republish === null || transform === null ? null : { transform, headersOnly: republish.headers_only };
}

export class Stream implements StoreListener {
  readonly consumers: StreamConsumers;
  readonly createdNs: bigint;
  readonly #parts: StreamParts;
  readonly #storage: StreamStorage;
  #config: StreamConfig;
  readonly #ingest: Ingest;
  readonly #directGet: DirectGet;
  readonly #markers: SubjectMarkers;
  readonly #subscriptions = new Map<string, BusSubscription>();
  #fault: string | null = null;
  #offlineReason: string | null = null;
  /** Made when something is to be drawn. */
  #luck: Prng | null = null;

  constructor(parts: StreamParts, storage: StreamStorage, config: StreamConfig, createdNs: bigint) {
    const { bus, clock, log } = parts;
    const { store } = storage;
    this.#parts = parts;
    this.#storage = storage;
    this.#config = config;
    this.createdNs = createdNs;
    this.consumers = new StreamConsumers(parts, storage, config);
    this.#ingest = new Ingest(
      {
        bus,
        clock,
        log,
        store,
        advisories: parts.advisories,
        batches: parts.batches,
        pick: (count) => this.#pick(count),
        admit: (bytes) => this.#admit(bytes),
        keeps: (subject, start, end) => this.#keeps(subject, start, end),
      },
      ingestRules(config, parts.domain),
    );
    this.#directGet = new DirectGet({
      stream: config.name,
      bus,
      store,
      log,
      bytesMax: parts.directGetBytesMax,
    });
    this.#markers = new SubjectMarkers(
      { store, mark: (marker) => this.#fault === null && this.#ingest.mark(marker) },
      markerTtlSeconds(config),
    );
  }

  get config(): StreamConfig {
    return this.#config;
  }

  get store(): StreamStore {
    return this.#storage.store;
  }

  /** Why nothing is stored any more, for /healthz; null while all is well. */
  get fault(): string | null {
    return this.#fault ?? this.store.fault;
  }

  /** Why it was not brought up at all: it stays on disk as it is. Null for a stream at work. */
  get offlineReason(): string | null {
    return this.#offlineReason;
  }

  /** Publishers who wait to be told that their messages are stored. */
  get acknowledgementsWaiting(): number {
    return this.#ingest.answersWaiting;
  }

  // --- life ----------------------------------------------------------------------------------------------------------

  /** Learns what was there before, then starts. A stream that cannot be brought up is offline, and says why. */
  async recover(): Promise<void> {
    const unsupported = refuseUnsupportedStream(this.#config);
    if (unsupported !== null) return this.#stayOffline(unsupported.description);
    try {
      await this.#undoPartialBatches();
      await this.#ingest.recover();
      this.store.listen(this);
      await this.consumers.recover();
      this.#listen();
    } catch (error) {
      this.#stayOffline(`recovery failed: ${errorText(error)}`);
    }
  }

  #stayOffline(reason: string): void {
    this.#offlineReason = reason;
    this.#fail(`stays offline: ${reason}`);
  }

  /** Nobody was told that a batch is stored whose commit a crash cut short. */
  async #undoPartialBatches(): Promise<void> {
    const name = `stream '${this.#parts.bus.account} > ${this.#config.name}'`;
    for (const batch of await findPartialBatches(this.store, this.#config)) {
      const { id, sequences, isRemovable } = batch;
      const what = `${sequences.length} messages from ${sequences[0] ?? 0} on, of batch '${id}', whose commit was cut short`;
      if (isRemovable) {
        removePartialBatch(this.store, batch);
        this.#parts.log.warn(`Removed from ${name} ${what}`);
      } else this.#parts.log.warn(`Left in ${name} ${what}: older messages may have made room for them`);
    }
  }

  /** For a stream that was just made. */
  start(): void {
    const { first_seq: first } = this.#config;
    if (first > 1) this.store.skipTo(first - 1, 0, 0);
    this.store.listen(this);
    this.#listen();
    this.#parts.advisories.streamAction(this.#config.name, 'create');
  }

  #listen(): void {
    this.#markers.start();
    for (const subject of this.#config.subjects) {
      const handler = (message: Message) => this.#accept(message);
      this.#subscriptions.set(subject, this.#parts.bus.subscribe(subject, null, handler));
    }
    if (this.#config.allow_direct) this.#directGet.start();
  }

  #stopListening(): void {
    this.#markers.stop();
    for (const subscription of this.#subscriptions.values()) subscription.close();
    this.#subscriptions.clear();
    this.#directGet.stop();
  }

  /** The configuration was planned (stream_plan.ts). It is on disk before it counts. */
  async update(config: StreamConfig): Promise<void> {
    await this.#storage.saveConfig(config);
    this.#config = config;
    this.#updateSubscriptions(config);
    this.#ingest.setRules(ingestRules(config, this.#parts.domain));
    this.#markers.setTtl(markerTtlSeconds(config));
    this.store.updateLimits(storeLimits(config));
    if (config.allow_direct) this.#directGet.start();
    else this.#directGet.stop();
    this.consumers.configChanged(config);
    this.#parts.advisories.streamAction(config.name, 'modify');
  }

  #updateSubscriptions(config: StreamConfig): void {
    const wanted = new Set(config.subjects);
    for (const [subject, subscription] of this.#subscriptions) {
      if (wanted.has(subject)) continue;
      subscription.close();
      this.#subscriptions.delete(subject);
    }
    for (const subject of wanted) {
      if (this.#subscriptions.has(subject) || this.#fault !== null) continue;
      const handler = (message: Message) => this.#accept(message);
      this.#subscriptions.set(subject, this.#parts.bus.subscribe(subject, null, handler));
    }
  }

  /** Ends it and removes everything it had. */
  async remove(): Promise<void> {
    this.#stopListening();
    this.#ingest.close();
    const consumersGone = this.consumers.removeAll();
    this.#parts.advisories.streamAction(this.#config.name, 'delete');
    await consumersGone;
    await this.store.destroy();
  }

  /** Ends it for now. */
  async close(): Promise<void> {
    this.#stopListening();
    try {
      await this.store.flush();
    } catch (error) {
      // A store that cannot write is closed all the same: what it could not keep was never acknowledged.
      this.#parts.log.error(`Stream '${this.#config.name}' closes without its last messages: ${errorText(error)}`);
    }
    await this.consumers.close();
    this.#ingest.close();
    await this.store.close();
  }

  // --- messages ------------------------------------------------------------------------------------------------------

  #accept(message: Message): void {
    try {
      this.#ingest.accept(message);
    } catch (error) {
      this.#fail(`stopped: ${errorText(error)}`);
    }
  }

  /** Whether the stream may take more. A purge or its first sequence can have brought it near the last number there is. */
  #admit(bytes: number): ApiError | null {
    if (this.store.state.sequenceLast >= SEQUENCE_STORED_MAX) return storeFailed('no sequences are left');
    return this.#parts.admit(this.#config.storage, bytes);
  }

  #keeps(subject: Uint8Array, start: number, end: number): boolean {
    return this.#config.retention !== 'interest' || this.consumers.isInterestedIn(utf8Text(subject, start, end));
  }

  /** What random() in a destination draws. */
  #pick(count: number): number {
    if (this.#luck === null) {
      const seed = new Uint8Array(4);
      this.#parts.entropy.fill(seed);
      this.#luck = new Prng(new DataView(seed.buffer).getUint32(0));
    }
    return this.#luck.below(count);
  }

  /** Stores and answers no more, and says why. */
  #fail(reason: string): void {
    this.#fault = reason;
    this.#parts.log.error(`Stream '${this.#parts.bus.account} > ${this.#config.name}' ${reason}`);
    this.#stopListening();
  }

  durable(): void {
    this.#ingest.durable();
    this.consumers.durable();
  }

  removed(sequence: number, subjectId: number): void {
    this.consumers.removed(sequence, subjectId);
  }

  expired(sequences: readonly number[]): void {
    this.#markers.expired(sequences);
  }

  removedMany(): void {
    this.consumers.removedMany();
  }

  faulted(reason: string): void {
    this.#parts.log.error(`Stream '${this.#parts.bus.account} > ${this.#config.name}' cannot store: ${reason}`);
  }

  // --- what requests ask ---------------------------------------------------------------------------------------------

  info(details: StateDetails, nowNs: bigint): StreamInfo {
    return {
      config: this.#config,
      created: rfc3339Nano(this.createdNs),
      state: stateInfo(this.store.state, this.consumers.count, details),
      domain: '',
      cluster: null,
      ts: rfc3339Nano(nowNs),
    };
  }

  copyMessage(sequence: number): Promise<MessageCopy | null> {
    return copyMessage(this.store, sequence);
  }
}
