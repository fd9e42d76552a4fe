// A first-in first-out queue with a limit. Full is an answer, not an error: whoever owns the queue decides what then.
// Takes and gives in constant time, and lets go of what it gave.

const CAPACITY_FIRST = 16;

export class RingQueue<T> {
  /** How many elements it may hold at most. */
  readonly limit: number;
  /** Invariant: its length is a power of two. Elements are at (#head + 0 .. length - 1) modulo that. */
  #items: (T | undefined)[];
  #head = 0;
  #length = 0;

  constructor(limit: number) {
    this.limit = limit;
    this.#items = new Array<T | undefined>(CAPACITY_FIRST).fill(undefined);
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length >= this.limit;
  }

  /** False, and nothing happens, when the queue is full. */
  push(item: T): boolean {
    if (this.#length >= this.limit) return false;
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item;
    this.#length++;
    return true;
  }

  /** Takes the oldest element out. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
    return item;
  }

  /** The oldest element, or the one `index` places behind it. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    return this.#items[(this.#head + index) & (this.#items.length - 1)];
  }

  clear(): void {
    this.#items = new Array<T | undefined>(CAPACITY_FIRST).fill(undefined);
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    const grown = new Array<T | undefined>(this.#items.length * 2).fill(undefined);
    for (let i = 0; i < this.#length; i++) grown[i] = this.at(i);
    this.#items = grown;
    this.#head = 0;
  }
}
