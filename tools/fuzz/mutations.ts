// Bytes that are nearly right: a growing buffer that targets write well-formed input into, and that breaks it afterwards
// in the ways that parsers stumble over. Everything comes from the generator passed in.
import type { Prng } from '../../src/base/prng.ts';

/** Bytes that mean something in one of the languages that are fuzzed. */
const SPECIAL_BYTES = [
  0, 9, 10, 11, 12, 13, 32, 34, 36, 39, 42, 43, 44, 45, 46, 47, 48, 57, 58, 62, 91, 92, 93, 123, 125,
];
const HIGH_BYTES = [0x7f, 0x80, 0xc0, 0xc3, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xff];

export class InputBuffer {
  #bytes: Uint8Array;
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytes = new Uint8Array(bytesMax);
  }

  get length(): number {
    return this.#length;
  }

  get room(): number {
    return this.#bytes.length - this.#length;
  }

  /** What was written, until the next change. */
  get view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  byte(value: number): void {
    if (this.#length < this.#bytes.length) this.#bytes[this.#length++] = value;
  }

  /** ASCII text; what does not fit is left out. */
  text(text: string): void {
    const length = Math.min(text.length, this.room);
    for (let i = 0; i < length; i++) this.#bytes[this.#length + i] = text.charCodeAt(i);
    this.#length += length;
  }

  bytes(bytes: Uint8Array): void {
    const length = Math.min(bytes.length, this.room);
    this.#bytes.set(length === bytes.length ? bytes : bytes.subarray(0, length), this.#length);
    this.#length += length;
  }

  /** Breaks what is there in `count` places. `words` are pieces that the language knows. */
  mutate(random: Prng, count: number, words: readonly string[]): void {
    for (let i = 0; i < count; i++) this.#mutateOnce(random, words);
  }

  #mutateOnce(random: Prng, words: readonly string[]): void {
    const at = random.below(this.#length + 1);
    switch (random.below(8)) {
      case 0:
        if (at < this.#length) this.#bytes[at] = (this.#bytes[at] as number) ^ (1 << random.below(8));
        return;
      case 1:
        if (at < this.#length) this.#bytes[at] = strangeByte(random);
        return;
      case 2:
        return this.#insert(at, 1, () => strangeByte(random));
      case 3:
        return this.#remove(at, 1 + random.below(4));
      case 4: {
        const word = random.pick(words);
        return this.#insert(at, word.length, (i) => word.charCodeAt(i));
      }
      case 5: {
        const from = random.below(this.#length + 1);
        const piece = this.#bytes.slice(from, Math.min(this.#length, from + 1 + random.below(12)));
        return this.#insert(at, piece.length, (i) => piece[i] as number);
      }
      case 6:
        this.#length = at;
        return;
      default: {
        const value = strangeByte(random);
        return this.#insert(at, 1 + random.below(12), () => value);
      }
    }
  }

  #insert(at: number, count: number, value: (index: number) => number): void {
    if (count > this.room) return;
    this.#bytes.copyWithin(at + count, at, this.#length);
    for (let i = 0; i < count; i++) this.#bytes[at + i] = value(i);
    this.#length += count;
  }

  #remove(at: number, count: number): void {
    const gone = Math.min(count, this.#length - at);
    this.#bytes.copyWithin(at, at + gone, this.#length);
    this.#length -= gone;
  }
}

function strangeByte(random: Prng): number {
  const kind = random.below(4);
  if (kind === 0) return random.pick(SPECIAL_BYTES);
  if (kind === 1) return random.pick(HIGH_BYTES);
  return random.below(256);
}
