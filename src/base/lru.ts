// A cache with a limit that forgets what was not asked for longest. For what can be had again: nothing is told about
// what it forgets.
import { assert } from './assert.ts';

export class Lru<K, V> {
  readonly limit: number;
  /** A Map keeps the order of insertion: the least recently used key comes first. */
  readonly #entries = new Map<K, V>();

  constructor(limit: number) {
    assert(limit > 0, 'a cache has room for something');
    this.limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined && !this.#entries.has(key)) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value as V);
    return value;
  }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.limit) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
    this.#entries.set(key, value);
  }

  delete(key: K): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
