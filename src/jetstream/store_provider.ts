// Where streams and consumers get their storage from: the door of this room to src/store, which it does not open by
// itself. app/ implements it by joining file and memory stores; tests have one in memory.
import type { ConsumerState, ConsumerStore } from '../store/consumer_store.ts';
import type { StreamStore } from '../store/stream_store.ts';
import type { ConsumerConfig } from './consumer/consumer_config.ts';
import type { StreamConfig } from './stream/stream_config.ts';

export interface ConsumerStorage {
  readonly store: ConsumerStore;
  /** Resolves when the changed configuration will survive a crash. */
  saveConfig(config: ConsumerConfig): Promise<void>;
}

export interface RecoveredConsumer {
  readonly name: string;
  readonly config: ConsumerConfig;
  /** Unix nanoseconds. */
  readonly createdNs: bigint;
  readonly storage: ConsumerStorage;
}

export interface StreamStorage {
  readonly store: StreamStore;
  saveConfig(config: StreamConfig): Promise<void>;
  createConsumer(name: string, config: ConsumerConfig, createdNs: bigint): Promise<ConsumerStorage>;
  /** The consumers that were there when the stream was opened; asked once, before anything else. */
  recoverConsumers(): Promise<readonly RecoveredConsumer[]>;
}

/** A stream that is being restored: it has its name only when all of it is there, and a crash before leaves nothing of it. */
export interface RestoringStream {
  readonly store: StreamStore;
  /**
   * Instead of messages in the store: a file of nats-server's own format, `1.blk` or `index.db`. The store is of no use
   * from then on. Resolves when it is on disk.
   */
  importMessages(name: string, bytes: Uint8Array): Promise<void>;
  /** Resolves when it is on disk. */
  addConsumer(name: string, config: ConsumerConfig, createdNs: bigint, state: ConsumerState): Promise<void>;
  /** Gives it its name, with all of it on disk. Rejects where imported files are damaged. Nobody has the name. Its store is another one from then on. */
  finish(): Promise<StreamStorage>;
  /** Removes what there is; also after finish() failed. */
  discard(): Promise<void>;
}

export interface RecoveredStream {
  readonly config: StreamConfig;
  readonly createdNs: bigint;
  readonly storage: StreamStorage;
}

/** Damage is named by the provider, in the log and on /healthz; what is undamaged comes back. */
export interface StoreProvider {
  /** Everything that an account had. */
  recover(account: string): Promise<readonly RecoveredStream[]>;
  createStream(account: string, config: StreamConfig, createdNs: bigint): Promise<StreamStorage>;
  /** `id` is one that no other restore has. */
  restoreStream(
    account: string,
    config: StreamConfig,
    identity: { readonly createdNs: bigint; readonly id: string },
  ): Promise<RestoringStream>;
}
