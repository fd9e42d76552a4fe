// The contract again, on the real disk of this machine. Time stands still here, too: only turn ends are real.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SILENT_LOGGER } from '../../base/log.ts';
import { NodeDisk } from '../../node/node_disk.ts';
import { NodeEntropy } from '../../node/node_entropy.ts';
import type { StoreLimits } from '../stream_store.ts';
import { StillClock, type StoreUnderTest, streamStoreContract } from '../stream_store_contract.ts';
import type { FileStreamStore } from './file_stream_store.ts';
import { SMALL_ARENA } from './sim_storage_contract.ts';
import { FileStorage } from './storage.ts';

class TurningClock extends StillClock {
  override atTurnEnd(callback: () => void): void {
    setImmediate(callback);
  }
}

class NodeBench implements StoreUnderTest {
  readonly #folder = mkdtempSync(join(tmpdir(), 'contrail-store-'));
  readonly #clock = new TurningClock();
  store!: FileStreamStore;

  async open(limits: StoreLimits): Promise<void> {
    const storage = new FileStorage({
      disk: new NodeDisk(),
      clock: this.#clock,
      entropy: new NodeEntropy(),
      log: SILENT_LOGGER,
      sync: 'always',
      arena: SMALL_ARENA,
    });
    const directory = join(this.#folder, 'S');
    this.store = await this.run(
      storage.openStream({ name: 'S', directory, limits, blockBytesMax: 8000, allowsTtl: true }),
    );
  }

  async restart(limits: StoreLimits): Promise<void> {
    await this.run(this.store.close());
    await this.open(limits);
  }

  nowMs(): number {
    return this.#clock.realtimeMs();
  }

  advance(ms: number): Promise<void> {
    this.#clock.advance(ms);
    return Promise.resolve();
  }

  /** Timers that are due run as the promise is waited for. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    while (!isSettled) {
      this.#clock.advance(0);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return promise;
  }

  async close(): Promise<void> {
    await this.run(this.store.close());
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function open(some: StoreLimits): Promise<StoreUnderTest> {
  const under = new NodeBench();
  await under.open(some);
  return under;
}

streamStoreContract('file on a real disk', open, 6);
