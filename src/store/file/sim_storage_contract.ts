// A file store in the simulated world, for tests: one machine whose power can be cut, and a stream on it.

import type { Logger } from '../../base/log.ts';
import { SILENT_LOGGER } from '../../base/log.ts';
import type { Life } from '../../sim/life.ts';
import { Life as SimLife } from '../../sim/life.ts';
import { Scheduler } from '../../sim/scheduler.ts';
import { SimClock } from '../../sim/sim_clock.ts';
import { SimDisk } from '../../sim/sim_disk.ts';
import { SimEntropy } from '../../sim/sim_entropy.ts';
import type { ArenaOptions } from '../commit/record_arena.ts';
import type { StoreLimits } from '../stream_store.ts';
import type { StoreUnderTest } from '../stream_store_contract.ts';
import type { FileStreamOptions, FileStreamStore, SyncPolicy } from './file_stream_store.ts';
import { FileStorage } from './storage.ts';

/** Small on purpose: segments, windows and blocks change often. */
export const SMALL_ARENA: ArenaOptions = {
  segmentBytes: 4096,
  segmentCount: 6,
  windowBytes: 128 * 1024,
  windowCount: 4,
};
export const STREAM_DIRECTORY = '/data/jetstream/A/streams/S';

export interface SimStorageOptions {
  readonly seed?: number;
  readonly sync?: SyncPolicy;
  readonly blockBytesMax?: number;
  readonly capacityBytes?: number;
}

export class SimStorage implements StoreUnderTest {
  readonly scheduler: Scheduler;
  disk: SimDisk;
  life: Life;
  clock: SimClock;
  storage: FileStorage;
  store!: FileStreamStore;
  readonly #options: SimStorageOptions;
  readonly errors: string[] = [];
  #restarts = 0;

  constructor(options: SimStorageOptions = {}) {
    this.#options = options;
    this.scheduler = new Scheduler({ seed: options.seed ?? 1 });
    this.life = new SimLife('server');
    const capacity = options.capacityBytes === undefined ? {} : { capacityBytes: options.capacityBytes };
    this.disk = new SimDisk({ scheduler: this.scheduler, life: this.life, ...capacity });
    this.disk.plantDirectory('/data/jetstream/A/streams');
    this.clock = new SimClock({ scheduler: this.scheduler, life: this.life });
    this.storage = this.#makeStorage();
  }

  async open(limits: StoreLimits): Promise<FileStreamStore> {
    this.store = await this.run(this.storage.openStream(this.streamOptions(limits)));
    return this.store;
  }

  streamOptions(limits: StoreLimits): FileStreamOptions {
    const blockBytesMax = this.#options.blockBytesMax ?? 8000;
    return { name: 'S', directory: STREAM_DIRECTORY, limits, blockBytesMax, allowsTtl: true };
  }

  /** Closes the store in order and opens it again, every other time without its state file. */
  async restart(limits: StoreLimits): Promise<void> {
    await this.run(this.store.close());
    if (this.#restarts++ % 2 === 0) await this.run(this.disk.remove(`${STREAM_DIRECTORY}/msgs/index.db`));
    await this.open(limits);
  }

  /** Another life on what a power cut (or a kill) left; open() follows. */
  revive(disk: SimDisk): void {
    this.disk = disk;
    this.life = disk.life;
    this.clock = new SimClock({ scheduler: this.scheduler, life: this.life });
    this.storage = this.#makeStorage();
  }

  get sync(): SyncPolicy {
    return this.#options.sync ?? 'always';
  }

  nowMs(): number {
    return this.clock.realtimeMs();
  }

  advance(ms: number): Promise<void> {
    return this.scheduler.advance(ms);
  }

  run<T>(promise: Promise<T>): Promise<T> {
    return this.scheduler.settle(promise);
  }

  close(): Promise<void> {
    return this.run(this.store.close());
  }

  #makeStorage(): FileStorage {
    const { scheduler, disk, clock, life } = this;
    const log: Logger = { ...SILENT_LOGGER, error: (text) => this.errors.push(text) };
    const entropy = new SimEntropy(scheduler, life);
    return new FileStorage({
      disk,
      clock,
      entropy,
      log,
      sync: this.sync,
      arena: SMALL_ARENA,
      openFilesMax: 4,
      deadBytesMin: 300,
    });
  }
}
