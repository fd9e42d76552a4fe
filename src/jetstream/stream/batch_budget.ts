// What the batches of a whole server may take: how many at once, how long, how much memory. One per engine; the batches
// of all streams take from it and give back. Counts only; who asks words the refusal.
import { assert } from '../../base/assert.ts';
import type { BatchLimits } from '../limits.ts';

export class BatchBudget {
  /** A reload may change them: batches that are under way are counted all the same. */
  limits: BatchLimits;
  #atomic = 0;
  #fast = 0;
  #stagedBytes = 0;

  constructor(limits: BatchLimits) {
    this.limits = limits;
  }

  get atomicBatches(): number {
    return this.#atomic;
  }

  get fastBatches(): number {
    return this.#fast;
  }

  get stagedBytes(): number {
    return this.#stagedBytes;
  }

  /** Counts one more atomic batch, of a stream that has `inStream` already; false when that would be too many. */
  takeAtomic(inStream: number): boolean {
    if (inStream >= this.limits.atomicPerStreamMax || this.#atomic >= this.limits.atomicTotalMax) return false;
    this.#atomic++;
    return true;
  }

  giveAtomic(): void {
    assert(this.#atomic > 0, 'only a batch that was counted ends');
    this.#atomic--;
  }

  takeFast(inStream: number): boolean {
    if (inStream >= this.limits.fastPerStreamMax || this.#fast >= this.limits.fastTotalMax) return false;
    this.#fast++;
    return true;
  }

  giveFast(): void {
    assert(this.#fast > 0, 'only a batch that was counted ends');
    this.#fast--;
  }

  /** Whether so many more bytes may be held until their batch is committed. */
  hasRoom(bytes: number): boolean {
    return this.#stagedBytes + bytes <= this.limits.stagedBytesMax;
  }

  takeBytes(bytes: number): void {
    this.#stagedBytes += bytes;
  }

  giveBytes(bytes: number): void {
    assert(bytes <= this.#stagedBytes, 'only bytes that were counted are given back');
    this.#stagedBytes -= bytes;
  }
}
