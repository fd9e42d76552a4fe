// Keeps a consumer's state on disk: o.dat, replaced as a whole. However often the state changes, one write is under way
// and at most one waits, which takes the state as it is when its turn comes. The consumer decides what the state means;
// a file that cannot be read at open is named, and kept under another name.
import { errorText, OperatingError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Disk } from '../../ports/disk.ts';
import type { ConsumerState, ConsumerStore } from '../consumer_store.ts';
import { decodeConsumerState, encodeConsumerState } from './consumer_state.ts';
import { CONSUMER_STATE_FILE, join } from './layout.ts';
import { removeSafely, replaceFile } from './safe_files.ts';

/** Least time between two writes that nobody waits for. Compat: filestore.go, consumerFileStore.flushLoop. */
const WRITE_GAP_MS = 100;
/** And the share of the time that such writes may take, so that many consumers do not keep a slow disk busy. */
const WRITE_SHARE = 1 / 8;
/** How long a failed write is left alone. */
const RETRY_MS = 1000;

export interface ConsumerStoreParts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether a written state must be on disk before it counts, or in the system's memory only. */
  readonly sync: boolean;
}

interface Waiting {
  readonly version: number;
  readonly callback: () => void;
}

export class FileConsumerStore implements ConsumerStore {
  readonly recovered: ConsumerState | null;
  /** Why the state of an existing file could not be used, or null. */
  readonly damage: string | null;
  readonly #parts: ConsumerStoreParts;
  readonly #directory: string;
  #snapshot: (() => ConsumerState) | null = null;
  /** Counts changes: the newest, the one on disk. */
  #changed = 0;
  #written = 0;
  /** Writes that failed. */
  #failures = 0;
  #writing: Promise<void> | null = null;
  #lastWriteMs = Number.NEGATIVE_INFINITY;
  #gapMs = WRITE_GAP_MS;
  #timer: Timer | null = null;
  #waiting: Waiting[] = [];
  #isClosed = false;

  constructor(parts: ConsumerStoreParts, directory: string, recovered: ConsumerState | null, damage: string | null) {
    this.#parts = parts;
    this.#directory = directory;
    this.recovered = recovered;
    this.damage = damage;
  }

  changed(snapshot: () => ConsumerState): void {
    if (this.#isClosed) return;
    this.#snapshot = snapshot;
    this.#changed++;
    this.#plan(this.#lastWriteMs + this.#gapMs - this.#parts.clock.monotonicMs());
  }

  whenDurable(callback: () => void): void {
    if (this.#written === this.#changed) {
      callback();
      return;
    }
    this.#waiting.push({ version: this.#changed, callback });
    // Somebody waits: the next write does not.
    this.#plan(0);
  }

  async flush(): Promise<void> {
    const failures = this.#failures;
    while (this.#written < this.#changed) {
      if (this.#writing === null) this.#write();
      await this.#writing;
      if (this.#failures > failures) {
        throw new OperatingError('STORE_FAULTED', `Cannot write the consumer state in ${this.#directory}`);
      }
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    try {
      await this.flush();
    } catch (error) {
      this.#parts.log.error(`A consumer closes without its last state: ${errorText(error)}`);
    }
    await this.#stop();
  }

  async destroy(): Promise<void> {
    await this.#stop();
    await removeSafely(this.#parts.disk, this.#directory);
  }

  async #stop(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#timer = null;
    await this.#writing;
  }

  #plan(delayMs: number): void {
    if (this.#isClosed || this.#writing !== null) return;
    if (delayMs > 0) {
      this.#timer ??= this.#parts.clock.after(delayMs, () => this.#fire());
      return;
    }
    if (this.#timer === null) {
      // At the end of the turn: what else changes until then is written with it.
      this.#timer = this.#parts.clock.after(0, () => this.#fire());
    } else if (this.#waiting.length === 1) {
      this.#timer.cancel();
      this.#timer = this.#parts.clock.after(0, () => this.#fire());
    }
  }

  #fire(): void {
    this.#timer = null;
    if (this.#writing === null && !this.#isClosed) this.#write();
  }

  #write(): void {
    const { clock } = this.#parts;
    const snapshot = this.#snapshot;
    if (snapshot === null) return;
    this.#timer?.cancel();
    this.#timer = null;
    const version = this.#changed;
    const bytes = encodeConsumerState(snapshot(), clock.realtimeMs());
    const path = join(this.#directory, CONSUMER_STATE_FILE);
    this.#lastWriteMs = clock.monotonicMs();
    this.#writing = replaceFile(this.#parts.disk, path, bytes, this.#parts.sync).then(
      () => this.#done(version),
      (error: unknown) => this.#failed(error),
    );
  }

  #done(version: number): void {
    this.#writing = null;
    this.#written = version;
    this.#gapMs = Math.max(WRITE_GAP_MS, (this.#parts.clock.monotonicMs() - this.#lastWriteMs) / WRITE_SHARE);
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((one) => one.version > version);
    for (const one of waiting) if (one.version <= version) one.callback();
    if (this.#written === this.#changed) return;
    const gap = this.#waiting.length > 0 ? 0 : this.#lastWriteMs + this.#gapMs - this.#parts.clock.monotonicMs();
    this.#plan(gap);
  }

  /** Nobody is told anything; the whole file is written again, so an earlier failure leaves nothing half trusted. */
  #failed(error: unknown): void {
    this.#writing = null;
    this.#failures++;
    this.#parts.log.error(`Cannot write the consumer state in ${this.#directory}: ${errorText(error)}`);
    if (!this.#isClosed) this.#timer ??= this.#parts.clock.after(RETRY_MS, () => this.#fire());
  }
}

/** Opens the state in a consumer's directory, which exists. */
export async function openConsumerStore(parts: ConsumerStoreParts, directory: string): Promise<FileConsumerStore> {
  const path = join(directory, CONSUMER_STATE_FILE);
  const stat = await parts.disk.stat(path);
  // Compat: filestore.go, stateWithCopyLocked: an empty file is no state.
  if (stat === null || stat.size === 0) return new FileConsumerStore(parts, directory, null, null);
  const bytes = await parts.disk.readFile(path);
  const state = decodeConsumerState(bytes);
  if (state.ok) return new FileConsumerStore(parts, directory, state.value, null);
  const damage = `The consumer state ${path} cannot be read: ${state.error}`;
  // The next state takes its place: somebody may want to look at this one.
  await parts.disk.writeFile(`${path}.damaged`, bytes, { sync: parts.sync });
  parts.log.error(damage);
  return new FileConsumerStore(parts, directory, null, damage);
}
