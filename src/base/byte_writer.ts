// The counterpart of byte_reader.ts: writes the same things with the same names into bytes of its own, which grow as
// needed up to a limit; beyond that it throws ByteError. A number that does not fit what it is written as is a bug.
import { assert } from './assert.ts';
import { ByteError } from './byte_error.ts';

const TWO_32 = 4_294_967_296;
const UTF8 = new TextEncoder();

export class ByteWriter {
  readonly #bytesMax: number;
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(bytesFirst = 256, bytesMax = 1 << 30) {
    this.#bytesMax = bytesMax;
    this.#bytes = new Uint8Array(Math.min(bytesFirst, bytesMax));
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written, as a view: the next write may change it or move on to other memory. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets what was written and keeps the memory. */
  clear(): void {
    this.#length = 0;
  }

  u8(value: number): void {
    assert(value >= 0 && value <= 0xff, 'a u8 fits one byte');
    // In two steps: making room may put other bytes in the place of these.
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    assert(value >= 0 && value <= 0xffff, 'a u16 fits two bytes');
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    assert(value >= 0 && value < TWO_32, 'a u32 fits four bytes');
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }

  /** A safe integer >= 0 in 64 bits. */
  u64(value: number): void {
    assert(value >= 0 && Number.isSafeInteger(value), 'a u64 given as a number is a safe integer');
    const at = this.#reserve(8);
    const high = Math.floor(value / TWO_32);
    this.#view.setUint32(at, value - high * TWO_32, true);
    this.#view.setUint32(at + 4, high, true);
  }

  u64Big(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value, true);
  }

  i64Big(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigInt64(at, value, true);
  }

  /** A safe integer >= 0. */
  uvarint(value: number): void {
    assert(value >= 0 && Number.isSafeInteger(value), 'a uvarint given as a number is a safe integer');
    let at = this.#reserve(uvarintLength(value));
    let rest = value;
    while (rest >= TWO_32) {
      const upper = Math.floor(rest / 128);
      this.#bytes[at++] = (rest - upper * 128) | 0x80;
      rest = upper;
    }
    let word = rest >>> 0;
    while (word >= 0x80) {
      this.#bytes[at++] = (word & 0x7f) | 0x80;
      word >>>= 7;
    }
    this.#bytes[at] = word;
  }

  uvarintBig(value: bigint): void {
    assert(value >= 0n && value < 1n << 64n, 'a uvarint fits 64 bits');
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) this.u8(Number(rest & 0x7fn) | 0x80);
    this.u8(Number(rest));
  }

  /** A safe integer, signed (zig-zag). */
  varint(value: number): void {
    // Doubling leaves the safe integers beyond 2^52.
    if (Math.abs(value) >= 2 ** 52) this.varintBig(BigInt(value));
    else this.uvarint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  varintBig(value: bigint): void {
    this.uvarintBig(value >= 0n ? value << 1n : ~(value << 1n));
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** As UTF-8, without a length. */
  text(text: string): void {
    this.bytes(UTF8.encode(text));
  }

  /** Where `length` bytes may be written, after making room for them. */
  #reserve(length: number): number {
    const at = this.#length;
    if (at + length > this.#bytes.length) this.#grow(at + length);
    this.#length = at + length;
    return at;
  }

  #grow(needed: number): void {
    if (needed > this.#bytesMax) throw new ByteError('overrun', this.#length, `More than ${this.#bytesMax} bytes`);
    const grown = new Uint8Array(Math.min(this.#bytesMax, Math.max(needed, this.#bytes.length * 2)));
    grown.set(this.written());
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Bytes of a safe integer >= 0 as an unsigned varint. */
export function uvarintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}
