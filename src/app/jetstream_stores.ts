// Where JetStream's streams and consumers live: joins src/store with what src/jetstream asks of a StoreProvider. One per
// server; owns the store directory and its lock, and remembers what could not be read there.

import { errorText, OperatingError } from '../base/errors.ts';
import type { SyncInterval } from '../config/options.ts';
import type { ConsumerConfig } from '../jetstream/consumer/consumer_config.ts';
import type {
  ConsumerStorage,
  RecoveredConsumer,
  RecoveredStream,
  RestoringStream,
  StoreProvider,
  StreamStorage,
} from '../jetstream/store_provider.ts';
import {
  decodeConsumerMeta,
  decodeStreamMeta,
  encodeConsumerMeta,
  encodeStreamMeta,
} from '../jetstream/stored_config.ts';
import { storeLimits } from '../jetstream/stream/stream.ts';
import type { StreamConfig } from '../jetstream/stream/stream_config.ts';
import type { StoreDamage, StoreFacts } from '../monitor/monitor_parts.ts';
import type { DiskLock } from '../ports/disk.ts';
import { blockBytes } from '../store/file/block_size.ts';
import { openConsumerStore } from '../store/file/file_consumer_store.ts';
import type { FileStreamStore } from '../store/file/file_stream_store.ts';
import { JETSTREAM_DIRECTORY, join } from '../store/file/layout.ts';
import { makeSafeDirectory } from '../store/file/safe_files.ts';
import { FileStorage } from '../store/file/storage.ts';
import { type FoundConsumer, type FoundStream, StoreDirectory } from '../store/file/store_directory.ts';
import { MemoryConsumerStore } from '../store/memory_consumer_store.ts';
import { MemoryStreamStore } from '../store/memory_stream_store.ts';
import type { Doors } from './doors.ts';
import { RestoringFileStream, RestoringMemoryStream } from './restoring_streams.ts';

export interface JetStreamStoresParts extends Omit<Doors, 'passwords'> {
  /** The directory above `jetstream`. */
  readonly directory: string;
  readonly serverName: string;
  readonly sync: SyncInterval;
  readonly memoryBytesMax: number;
  readonly storeBytesMax: number;
}

const LOCK_FILE = 'contrail.lock';

export class JetStreamStores implements StoreProvider, StoreFacts {
  /** A reload may raise them. */
  memoryBytesMax: number;
  storeBytesMax: number;
  readonly #parts: JetStreamStoresParts;
  readonly #lock: DiskLock;
  readonly #tree: StoreDirectory;
  readonly #files: FileStorage;
  readonly #problems: StoreDamage[] = [];

  private constructor(parts: JetStreamStoresParts, lock: DiskLock) {
    const { disk, clock, entropy, log, sync } = parts;
    this.#parts = parts;
    this.#lock = lock;
    this.memoryBytesMax = parts.memoryBytesMax;
    this.storeBytesMax = parts.storeBytesMax;
    this.#tree = new StoreDirectory(disk, this.directory, sync === 'always');
    this.#files = new FileStorage({ disk, clock, entropy, log, sync });
  }

  /** Takes the directory for this server; rejects when another one has it. */
  static async open(parts: JetStreamStoresParts): Promise<JetStreamStores> {
    const root = join(parts.directory, JETSTREAM_DIRECTORY);
    await makeSafeDirectory(parts.disk, root);
    const holder = `contrail server '${parts.serverName}'`;
    const lock = await parts.disk.lock(join(parts.directory, LOCK_FILE), holder);
    return new JetStreamStores(parts, lock);
  }

  /** As monitoring and the log name it. */
  get directory(): string {
    return join(this.#parts.directory, JETSTREAM_DIRECTORY);
  }

  get syncText(): string {
    const { sync } = this.#parts;
    return sync === 'always' ? 'before every acknowledgement' : `every ${sync / 1000}s, acknowledged before`;
  }

  /** What could not be opened; what an open stream lost is in its state. */
  damages(): readonly StoreDamage[] {
    return this.#problems;
  }

  /** Removes what an account without JetStream has left on disk. */
  removeAccount(account: string): Promise<void> {
    return this.#tree.removeAccount(account);
  }

  async close(): Promise<void> {
    await this.#lock.release();
  }

  // --- StoreProvider -------------------------------------------------------------------------------------------------

  async recover(account: string): Promise<readonly RecoveredStream[]> {
    const found = await this.#tree.streams(account);
    for (const { stream, consumer, problem } of found.problems) this.#problem({ account, stream, consumer, problem });
    const streams: RecoveredStream[] = [];
    for (const stream of found.streams) {
      const recovered = await this.#recoverStream(account, stream);
      if (recovered !== null) streams.push(recovered);
    }
    return streams;
  }

  async createStream(account: string, config: StreamConfig, createdNs: bigint): Promise<StreamStorage> {
    if (config.storage === 'memory') return this.#memoryStream(config);
    const directory = await this.#tree.createStream(account, config.name, encodeStreamMeta(config, createdNs));
    try {
      const store = await this.#openStream(config, directory);
      return this.#fileStream(account, config, createdNs, store, []);
    } catch (error) {
      // Nobody has the stream: it must not come back with the next start.
      await this.#tree.removeStream(account, config.name);
      throw error;
    }
  }

  async restoreStream(
    account: string,
    config: StreamConfig,
    { createdNs, id }: { readonly createdNs: bigint; readonly id: string },
  ): Promise<RestoringStream> {
    if (config.storage === 'memory') return new RestoringMemoryStream(this.#memoryStream(config));
    const tree = this.#tree;
    const directory = await tree.beginRestore(account, config.name, id, encodeStreamMeta(config, createdNs));
    try {
      // It has its name only when all of it is on disk, whenever others get there.
      const store = await this.#openStream(config, directory, 'always');
      const open = async (found: FoundStream) => {
        const opened = await this.#openStream(config, found.directory);
        if (opened.findings.length === 0) return this.#fileStream(account, config, createdNs, opened, found.consumers);
        await opened.close();
        throw new OperatingError('DISK_CORRUPT_FILE', `the backup is damaged: ${opened.findings.join('; ')}`);
      };
      const nowMs = () => this.#parts.clock.realtimeMs();
      return new RestoringFileStream({ tree, account, directory, store, nowMs, open });
    } catch (error) {
      await tree.removeRestore(directory);
      throw error;
    }
  }

  // --- streams on disk -----------------------------------------------------------------------------------------------

  /** Null where the stream is left alone: why is among the problems. */
  async #recoverStream(account: string, found: FoundStream): Promise<RecoveredStream | null> {
    const stored = decodeStreamMeta(found.meta);
    if (!stored.ok) {
      this.#leaveStream(account, found.name, stored.reason);
      return null;
    }
    const { config, createdNs } = stored;
    try {
      const store = await this.#openStream(config, found.directory);
      return { config, createdNs, storage: this.#fileStream(account, config, createdNs, store, found.consumers) };
    } catch (error) {
      this.#leaveStream(account, found.name, errorText(error));
      return null;
    }
  }

  async #openStream(config: StreamConfig, directory: string, sync?: SyncInterval): Promise<FileStreamStore> {
    const options = {
      name: config.name,
      directory,
      limits: storeLimits(config),
      allowsTtl: config.allow_msg_ttl,
      blockBytesMax: blockBytes(config.retention === 'limits', config.max_bytes),
    };
    return this.#files.openStream(options, sync);
  }

  #leaveStream(account: string, stream: string, reason: string): void {
    const problem = `Stream '${stream}' of account '${account}' is left alone: ${reason}`;
    this.#problem({ account, stream, consumer: null, problem });
  }

  #fileStream(
    account: string,
    config: StreamConfig,
    createdNs: bigint,
    store: FileStreamStore,
    consumers: readonly FoundConsumer[],
  ): StreamStorage {
    const stream = config.name;
    return {
      store,
      saveConfig: (changed) => this.#tree.writeStreamMeta(account, stream, encodeStreamMeta(changed, createdNs)),
      createConsumer: (name, consumer, since) => this.#createConsumer(account, stream, name, consumer, since),
      recoverConsumers: () => this.#recoverConsumers(account, stream, consumers),
    };
  }

  // --- consumers on disk ---------------------------------------------------------------------------------------------

  async #createConsumer(
    account: string,
    stream: string,
    name: string,
    config: ConsumerConfig,
    createdNs: bigint,
  ): Promise<ConsumerStorage> {
    if (config.mem_storage) return memoryConsumer();
    const meta = encodeConsumerMeta(name, config, createdNs);
    const directory = await this.#tree.createConsumer(account, stream, name, meta);
    return this.#consumerStorage(account, stream, name, createdNs, directory);
  }

  async #recoverConsumers(
    account: string,
    stream: string,
    found: readonly FoundConsumer[],
  ): Promise<readonly RecoveredConsumer[]> {
    const consumers: RecoveredConsumer[] = [];
    for (const { name, directory, meta } of found) {
      const stored = decodeConsumerMeta(meta);
      if (!stored.ok) {
        const problem = `Consumer '${name}' of stream '${stream}' is left alone: ${stored.reason}`;
        this.#problem({ account, stream, consumer: name, problem });
        continue;
      }
      const { config, createdNs } = stored;
      try {
        const storage = await this.#consumerStorage(account, stream, name, createdNs, directory);
        consumers.push({ name, config, createdNs, storage });
      } catch (error) {
        const problem = `Consumer '${name}' of stream '${stream}' is left alone: ${errorText(error)}`;
        this.#problem({ account, stream, consumer: name, problem });
      }
    }
    return consumers;
  }

  async #consumerStorage(
    account: string,
    stream: string,
    name: string,
    createdNs: bigint,
    directory: string,
  ): Promise<ConsumerStorage> {
    const { disk, clock, log, sync } = this.#parts;
    const store = await openConsumerStore({ disk, clock, log, sync: sync === 'always' }, directory);
    if (store.damage !== null) {
      const problem = `State of consumer '${name}' of stream '${stream}' is lost, it starts anew: ${store.damage}`;
      this.#problem({ account, stream, consumer: name, problem });
    }
    return {
      store,
      saveConfig: (config) =>
        this.#tree.writeConsumerMeta(account, stream, name, encodeConsumerMeta(name, config, createdNs)),
    };
  }

  // --- memory --------------------------------------------------------------------------------------------------------

  #memoryStream(config: StreamConfig): StreamStorage {
    const { clock } = this.#parts;
    const { seed } = this.#files.parts;
    return {
      store: new MemoryStreamStore({ clock, limits: storeLimits(config), seed }),
      saveConfig: () => Promise.resolve(),
      createConsumer: () => Promise.resolve(memoryConsumer()),
      recoverConsumers: () => Promise.resolve([]),
    };
  }

  #problem(damage: StoreDamage): void {
    this.#problems.push(damage);
    this.#parts.log.error(damage.problem);
  }
}

function memoryConsumer(): ConsumerStorage {
  return { store: new MemoryConsumerStore(), saveConfig: () => Promise.resolve() };
}
