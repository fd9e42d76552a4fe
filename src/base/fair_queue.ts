// What waits for one who does it, in a queue for each who wants it: they take turns, and whoever wants much waits for himself.
// Pure. Called by the bodies of ports/password_checker.

export interface FairQueueLimits {
  readonly itemsMax: number;
  readonly itemsPerOwnerMax: number;
}

export class FairQueue<Item> {
  readonly #limits: FairQueueLimits;
  /** By owner, whose turn it is first. Invariant: none is empty. */
  readonly #queues = new Map<string, Set<Item>>();
  #size = 0;

  constructor(limits: FairQueueLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** Returns what there is no room for, or null: `item`, or the last one of the longest queue, which makes room for it. */
  add(owner: string, item: Item): Item | null {
    const waiting = this.#queues.get(owner)?.size ?? 0;
    if (waiting >= this.#limits.itemsPerOwnerMax) return item;
    const displaced = this.#size < this.#limits.itemsMax ? null : this.#displace(waiting);
    if (this.#size >= this.#limits.itemsMax) return item;
    const queue = this.#queues.get(owner) ?? new Set();
    queue.add(item);
    this.#queues.set(owner, queue);
    this.#size++;
    return displaced;
  }

  remove(owner: string, item: Item): void {
    const queue = this.#queues.get(owner);
    if (queue?.delete(item) !== true) return;
    this.#size--;
    if (queue.size === 0) this.#queues.delete(owner);
  }

  /** The first one of whose turn it is; null when nothing waits. */
  take(): Item | null {
    for (const [owner, queue] of this.#queues) {
      for (const item of queue) {
        this.remove(owner, item);
        // The others go first now.
        this.#queues.delete(owner);
        if (queue.size > 0) this.#queues.set(owner, queue);
        return item;
      }
    }
    return null;
  }

  clear(): void {
    this.#queues.clear();
    this.#size = 0;
  }

  /** Takes out the last of the longest queue, if that is more than one longer than that of a newcomer who has `waiting`. */
  #displace(waiting: number): Item | null {
    let longestOwner = '';
    let longest: ReadonlySet<Item> = new Set();
    for (const [owner, queue] of this.#queues) {
      if (queue.size <= longest.size) continue;
      longestOwner = owner;
      longest = queue;
    }
    if (longest.size <= waiting + 1) return null;
    const last = [...longest].at(-1) as Item;
    this.remove(longestOwner, last);
    return last;
  }
}
