// Output buffers that connections borrow while they have something to say. An idle connection holds none, one that says
// little a small one, and one that says much a large one: a single large write costs far less than many pieces. One pool
// per server; never hands out a slab that a socket may still be reading.

export const SLAB_BYTES_SMALL = 16 * 1024;
/** What one write to a socket carries at most in one piece. */
export const SLAB_BYTES_LARGE = 256 * 1024;
/** Slabs of each size kept for the next borrower at most; more are left to the garbage collector. */
export const SLABS_KEPT_MAX = 256;

class Slabs {
  readonly #bytes: number;
  readonly #free: Uint8Array[] = [];
  /** The fewest that were free since the last trim(). */
  #leastFree = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  take(): Uint8Array {
    const slab = this.#free.pop();
    if (this.#free.length < this.#leastFree) this.#leastFree = this.#free.length;
    return slab ?? new Uint8Array(this.#bytes);
  }

  give(slab: Uint8Array): void {
    if (this.#free.length < SLABS_KEPT_MAX) this.#free.push(slab);
  }

  trim(): void {
    this.#free.splice(0, this.#leastFree);
    this.#leastFree = this.#free.length;
  }
}

export class SlabPool {
  readonly #small = new Slabs(SLAB_BYTES_SMALL);
  readonly #large = new Slabs(SLAB_BYTES_LARGE);

  take(isLarge: boolean): Uint8Array {
    return isLarge ? this.#large.take() : this.#small.take();
  }

  give(slab: Uint8Array): void {
    if (slab.length === SLAB_BYTES_SMALL) this.#small.give(slab);
    // Oversized ones, made for one frame, do not come back.
    else if (slab.length === SLAB_BYTES_LARGE) this.#large.give(slab);
  }

  /** Lets go of what nobody has needed since it was called last: called every now and then. */
  trim(): void {
    this.#small.trim();
    this.#large.trim();
  }
}
