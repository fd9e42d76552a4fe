// Seeded randomness of the simulator: every choice it makes comes from one seed. Streams are split by name, so that one
// more draw in one place (a new kind of fault) does not change what all others draw. Never used by the server itself:
// that gets randomness through ports/entropy.ts, whose simulated body draws from here.
import { Prng } from '../base/prng.ts';

const GOLDEN = 0x9e3779b9;

/** 32 bits that depend on every bit of `value`. */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return (bits ^ (bits >>> 15)) >>> 0;
}

export class SimRandom {
  readonly #key: number;
  readonly #prng: Prng;

  /** Any integer up to 2^53 - 1. */
  constructor(seed: number) {
    this.#key = mix(seed % 0x100000000) ^ mix(Math.floor(seed / 0x100000000) + GOLDEN);
    this.#prng = new Prng(seed);
  }

  /** A stream of its own: the same name gives the same stream, whatever was drawn from this one before. */
  fork(name: string): SimRandom {
    let key = this.#key;
    for (let index = 0; index < name.length; index++) key = mix(key + name.charCodeAt(index) + GOLDEN);
    return new SimRandom((key >>> 0) + (name.length + 1) * 0x100000000);
  }

  u32(): number {
    return this.#prng.u32();
  }

  chance(probability: number): boolean {
    return this.#prng.chance(probability);
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.#prng.below(most - least + 1);
  }

  /** Anything from `range[0]` up to `range[1]`. */
  within(range: readonly [number, number]): number {
    return range[0] + this.#prng.float() * (range[1] - range[0]);
  }

  pick<T>(choices: readonly T[]): T {
    return this.#prng.pick(choices);
  }

  fill(bytes: Uint8Array): void {
    this.#prng.fill(bytes);
  }
}
