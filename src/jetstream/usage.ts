// How much room the streams of one account, or of all accounts, take now, and whether there is some left. Counting all
// streams for each message would be slow, so admit() counts up and looks closely only when a limit seems reached.
import type { StreamStore } from '../store/stream_store.ts';
import type { Storage } from './stream/stream_config.ts';

export interface UsageSource {
  /** Every stream's store. */
  stores(): Iterable<StreamStore>;
}

export class Usage {
  readonly #source: UsageSource;
  /** At least what is used: what was removed since the last close look is still in it. */
  #memory = 0;
  #file = 0;

  constructor(source: UsageSource) {
    this.#source = source;
  }

  /** Exact. */
  bytes(storage: Storage): number {
    let total = 0;
    for (const store of this.#source.stores()) if (store.kind === storage) total += store.state.bytes;
    return total;
  }

  /** Whether so many more bytes stay within the limit; below zero there is none. Counts them as used. */
  admit(storage: Storage, bytes: number, limit: number): boolean {
    if (limit < 0) return true;
    let used = (storage === 'memory' ? this.#memory : this.#file) + bytes;
    if (used > limit) used = this.bytes(storage) + bytes;
    if (used > limit) return false;
    if (storage === 'memory') this.#memory = used;
    else this.#file = used;
    return true;
  }
}
