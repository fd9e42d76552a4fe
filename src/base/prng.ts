// Random numbers from a seed: the same seed gives the same numbers for ever. The only randomness that code without I/O
// may hold, for the simulator, jitter and tests. Not for secrets: those come through ports/entropy.
import { assert } from './assert.ts';

const TWO_32 = 4_294_967_296;

/** The generator sfc32: 128 bits of state, whose last word counts so that no state comes back before 2^32 steps. */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** Any integer up to 2^53 - 1. */
  constructor(seed: number) {
    this.#a = 0x9e3779b9;
    this.#b = seed >>> 0;
    this.#c = Math.floor(seed / TWO_32) >>> 0;
    this.#counter = 1;
    // Close seeds have nothing in common after a dozen steps.
    for (let i = 0; i < 15; i++) this.u32();
  }

  /** An integer in 0 .. 2^32 - 1. */
  u32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A number in 0 .. 1, without 1, with 53 random bits. */
  float(): number {
    return ((this.u32() >>> 5) * 67_108_864 + (this.u32() >>> 6)) / 9_007_199_254_740_992;
  }

  /** An integer in 0 .. limit - 1, each as likely as the others to one in 2^53 / limit. */
  below(limit: number): number {
    assert(limit >= 1, 'there is a number below the limit');
    return Math.floor(this.float() * limit);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.u32() >>> 24;
  }

  /** A generator of its own: what is drawn from it changes nothing here but this one step. */
  fork(): Prng {
    return new Prng((this.u32() & 0x1fffff) * TWO_32 + this.u32());
  }
}
