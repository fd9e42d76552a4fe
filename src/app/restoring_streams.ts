// Streams that are being restored: in memory, or in a directory that no start takes for a stream's until all of it is on
// disk. Made by jetstream_stores.ts, which opens what they become; JetStream decides what is written.
import { OperatingError } from '../base/errors.ts';
import type { ConsumerConfig } from '../jetstream/consumer/consumer_config.ts';
import type { RecoveredConsumer, RestoringStream, StreamStorage } from '../jetstream/store_provider.ts';
import { encodeConsumerMeta } from '../jetstream/stored_config.ts';
import type { ConsumerState } from '../store/consumer_store.ts';
import { encodeConsumerState } from '../store/file/consumer_state.ts';
import type { FileStreamStore } from '../store/file/file_stream_store.ts';
import type { FoundStream, StoreDirectory } from '../store/file/store_directory.ts';
import { MemoryConsumerStore } from '../store/memory_consumer_store.ts';

/** Consumers without a place on disk, as a stream finds them that is brought up. */
class MemoryConsumers {
  readonly recovered: RecoveredConsumer[] = [];

  add(name: string, config: ConsumerConfig, createdNs: bigint, state: ConsumerState): void {
    const storage = { store: new MemoryConsumerStore(state), saveConfig: () => Promise.resolve() };
    this.recovered.push({ name, config, createdNs, storage });
  }
}

/** With the consumers that it has in memory added to those that `storage` finds. */
function withConsumers(storage: StreamStorage, { recovered }: MemoryConsumers): StreamStorage {
  return { ...storage, recoverConsumers: async () => [...(await storage.recoverConsumers()), ...recovered] };
}

export class RestoringMemoryStream implements RestoringStream {
  readonly #storage: StreamStorage;
  readonly #consumers = new MemoryConsumers();

  constructor(storage: StreamStorage) {
    this.#storage = storage;
  }

  get store() {
    return this.#storage.store;
  }

  addConsumer(name: string, config: ConsumerConfig, createdNs: bigint, state: ConsumerState): Promise<void> {
    this.#consumers.add(name, config, createdNs, state);
    return Promise.resolve();
  }

  importMessages(): Promise<void> {
    const text = 'a backup made before nats-server 2.15 becomes a stream in files only';
    return Promise.reject(new OperatingError('STORE_UNSUPPORTED', text));
  }

  finish(): Promise<StreamStorage> {
    return Promise.resolve(withConsumers(this.#storage, this.#consumers));
  }

  discard(): Promise<void> {
    return this.store.destroy();
  }
}

export interface RestoringFileParts {
  readonly tree: StoreDirectory;
  readonly account: string;
  readonly directory: string;
  readonly store: FileStreamStore;
  nowMs(): number;
  /** The stream, now that it has its name. Rejects where what it finds is damaged. */
  open(found: FoundStream): Promise<StreamStorage>;
}

export class RestoringFileStream implements RestoringStream {
  readonly store: FileStreamStore;
  readonly #parts: RestoringFileParts;
  readonly #consumers = new MemoryConsumers();
  #isImported = false;

  constructor(parts: RestoringFileParts) {
    this.#parts = parts;
    this.store = parts.store;
  }

  async addConsumer(name: string, config: ConsumerConfig, createdNs: bigint, state: ConsumerState): Promise<void> {
    if (config.mem_storage) {
      this.#consumers.add(name, config, createdNs, state);
      return;
    }
    const { tree, directory, nowMs } = this.#parts;
    const names = { stream: this.store.name, consumer: name };
    const meta = encodeConsumerMeta(name, config, createdNs);
    await tree.restoreConsumer(directory, names, meta, encodeConsumerState(state, nowMs()));
  }

  async importMessages(name: string, bytes: Uint8Array): Promise<void> {
    const { tree, directory } = this.#parts;
    if (!this.#isImported) {
      this.#isImported = true;
      await this.store.close();
      await tree.clearRestoredMessages(directory);
    }
    await tree.restoreMessages(directory, name, bytes);
  }

  async finish(): Promise<StreamStorage> {
    const { tree, account, directory, open } = this.#parts;
    if (!this.#isImported) await this.store.flush();
    await this.store.close();
    const found = await tree.endRestore(account, this.store.name, directory);
    try {
      return withConsumers(await open(found), this.#consumers);
    } catch (error) {
      await tree.removeStream(account, this.store.name);
      throw error;
    }
  }

  async discard(): Promise<void> {
    const { tree, directory } = this.#parts;
    await this.store.destroy();
    await tree.removeRestore(directory);
  }
}
