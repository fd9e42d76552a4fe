// A sparse set of sequences: the deleted ones of a stream, kept as bitmaps of 2048 sequences each. It encodes to the
// bytes of nats-server's sequence set, which stand in index.db and in stream snapshots. It knows nothing of streams.
//
// Encoding (version 2), little endian; nodes in the pre-order of a search tree that the reference takes over as it is:
//
//   22 | 2 | u32 nodes | u32 sequences | node ...        node: u64 base | 32 x u64 bitmap | u16 height
//
// Bit i of word w stands for base + 64 w + i; base is a multiple of 2048. Version 1 has 64 words (4096 sequences).
// Compat: avl/seqset.go, Encode and Decode.
import { assert } from './assert.ts';
import type { ByteReader } from './byte_reader.ts';
import type { ByteWriter } from './byte_writer.ts';
import { type Parsed, parsed, refused } from './parsed.ts';

const MAGIC = 22;
const VERSION = 2;
/** 32-bit words of a node in memory: two for each word in the encoding. */
const NODE_WORDS = 64;
const NODE_SEQUENCES = 2048;
const HEADER_BYTES = 10;
const NODE_BYTES = 8 + NODE_WORDS * 4 + 2;
const WORDS_BY_VERSION: ReadonlyMap<number, number> = new Map([
  [1, 128],
  [2, 64],
]);

/** What nextOf() returns when there is nothing more. */
export const NO_SEQUENCE = -1;

export class SeqSet {
  /** Bitmaps by floor(sequence / 2048). Invariant: none is empty. */
  readonly #nodes = new Map<number, Uint32Array>();
  /** The keys of #nodes, ascending. */
  readonly #order: number[] = [];
  #size = 0;

  /** How many sequences are in the set. */
  get size(): number {
    return this.#size;
  }

  /** The lowest sequence; NO_SEQUENCE when the set is empty. */
  get first(): number {
    return this.nextOf(0);
  }

  /** The highest sequence; NO_SEQUENCE when the set is empty. */
  get last(): number {
    const number = this.#order.at(-1);
    if (number === undefined) return NO_SEQUENCE;
    const bits = this.#nodes.get(number) as Uint32Array;
    let word = NODE_WORDS - 1;
    while (bits[word] === 0) word--;
    return number * NODE_SEQUENCES + word * 32 + 31 - Math.clz32(bits[word] as number);
  }

  has(sequence: number): boolean {
    const number = Math.floor(sequence / NODE_SEQUENCES);
    const bits = this.#nodes.get(number);
    if (bits === undefined) return false;
    const bit = sequence - number * NODE_SEQUENCES;
    return ((bits[bit >>> 5] as number) & (1 << (bit & 31))) !== 0;
  }

  /** Returns false when it was there already. */
  insert(sequence: number): boolean {
    assert(sequence >= 0 && Number.isSafeInteger(sequence), 'a sequence is a safe integer >= 0');
    const number = Math.floor(sequence / NODE_SEQUENCES);
    const bits = this.#nodes.get(number) ?? this.#addNode(number);
    const bit = sequence - number * NODE_SEQUENCES;
    const mask = 1 << (bit & 31);
    const word = bits[bit >>> 5] as number;
    if ((word & mask) !== 0) return false;
    bits[bit >>> 5] = word | mask;
    this.#size++;
    return true;
  }

  /** Inserts every sequence in first .. last. */
  insertRange(first: number, last: number): void {
    let sequence = first;
    while (sequence <= last) {
      const number = Math.floor(sequence / NODE_SEQUENCES);
      const nodeFirst = number * NODE_SEQUENCES;
      const isWholeNode = sequence === nodeFirst && last >= nodeFirst + NODE_SEQUENCES - 1;
      if (isWholeNode && !this.#nodes.has(number)) {
        this.#addNode(number).fill(0xffffffff);
        this.#size += NODE_SEQUENCES;
        sequence += NODE_SEQUENCES;
      } else {
        this.insert(sequence++);
      }
    }
  }

  /** Returns false when it was not there. */
  delete(sequence: number): boolean {
    if (!this.has(sequence)) return false;
    const number = Math.floor(sequence / NODE_SEQUENCES);
    const bits = this.#nodes.get(number) as Uint32Array;
    const bit = sequence - number * NODE_SEQUENCES;
    bits[bit >>> 5] = (bits[bit >>> 5] as number) & ~(1 << (bit & 31));
    this.#size--;
    if (bits.every((word) => word === 0)) this.#removeNode(number);
    return true;
  }

  /** Removes everything below `sequence`. */
  deleteBelow(sequence: number): void {
    const wholeNodes = Math.floor(sequence / NODE_SEQUENCES);
    while (this.#order.length > 0 && (this.#order[0] as number) < wholeNodes) {
      const number = this.#order[0] as number;
      this.#size -= countBits(this.#nodes.get(number) as Uint32Array);
      this.#removeNode(number);
    }
    for (let first = this.first; first !== NO_SEQUENCE && first < sequence; first = this.first) this.delete(first);
  }

  clear(): void {
    this.#nodes.clear();
    this.#order.length = 0;
    this.#size = 0;
  }

  /** The lowest sequence >= `from`; NO_SEQUENCE when there is none. This is how one walks: `s = set.nextOf(s + 1)`. */
  nextOf(from: number): number {
    const fromNumber = Math.floor(from / NODE_SEQUENCES);
    for (let i = this.#place(fromNumber); i < this.#order.length; i++) {
      const number = this.#order[i] as number;
      const start = number === fromNumber ? from - number * NODE_SEQUENCES : 0;
      const bit = nextBit(this.#nodes.get(number) as Uint32Array, start);
      if (bit >= 0) return number * NODE_SEQUENCES + bit;
    }
    return NO_SEQUENCE;
  }

  /** Ascending. */
  *[Symbol.iterator](): Generator<number> {
    for (let sequence = this.first; sequence !== NO_SEQUENCE; sequence = this.nextOf(sequence + 1)) yield sequence;
  }

  /** Bytes that encode() writes. */
  get encodedBytes(): number {
    return HEADER_BYTES + this.#order.length * NODE_BYTES;
  }

  encode(to: ByteWriter): void {
    to.u8(MAGIC);
    to.u8(VERSION);
    to.u32(this.#order.length);
    to.u32(this.#size);
    this.#encodeTree(to, 0, this.#order.length);
  }

  /** The nodes order[start..end) as a balanced tree: the middle one, then what is below it, then what is above it. */
  #encodeTree(to: ByteWriter, start: number, end: number): void {
    if (start === end) return;
    const middle = (start + end) >> 1;
    const number = this.#order[middle] as number;
    to.u64(number * NODE_SEQUENCES);
    for (const word of this.#nodes.get(number) as Uint32Array) to.u32(word);
    to.u16(32 - Math.clz32(end - start));
    this.#encodeTree(to, start, middle);
    this.#encodeTree(to, middle + 1, end);
  }

  /**
   * Reads one encoded set and leaves the reader behind it; throws the reader's ByteError where the bytes end too soon.
   * The count of sequences is counted anew, not believed.
   */
  static decode(from: ByteReader): Parsed<SeqSet> {
    if (from.u8() !== MAGIC) return refused('No sequence set begins here');
    const version = from.u8();
    const words = WORDS_BY_VERSION.get(version);
    if (words === undefined) return refused(`A sequence set of unknown version ${version}`);
    const nodes = from.u32();
    from.skip(4);
    const set = new SeqSet();
    for (let i = 0; i < nodes; i++) {
      const base = from.u64();
      if (base % NODE_SEQUENCES !== 0) return refused(`A sequence set with a node at ${base}`);
      for (let word = 0; word < words; word++) set.#addWord(base + word * 32, from.u32());
      from.skip(2);
    }
    return parsed(set);
  }

  #addWord(sequence: number, word: number): void {
    if (word === 0) return;
    const number = Math.floor(sequence / NODE_SEQUENCES);
    const bits = this.#nodes.get(number) ?? this.#addNode(number);
    const at = (sequence - number * NODE_SEQUENCES) >>> 5;
    const before = bits[at] as number;
    bits[at] = before | word;
    this.#size += countWord(before | word) - countWord(before);
  }

  #addNode(number: number): Uint32Array {
    const bits = new Uint32Array(NODE_WORDS);
    this.#nodes.set(number, bits);
    // Sequences come ascending nearly always.
    if (this.#order.length === 0 || (this.#order.at(-1) as number) < number) this.#order.push(number);
    else this.#order.splice(this.#place(number), 0, number);
    return bits;
  }

  #removeNode(number: number): void {
    this.#nodes.delete(number);
    this.#order.splice(this.#place(number), 1);
  }

  /** Index in #order of the first number that is not below `number`. */
  #place(number: number): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#order[middle] as number) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function nextBit(bits: Uint32Array, start: number): number {
  let at = start >>> 5;
  let word = (bits[at] as number) & (0xffffffff << (start & 31));
  for (;;) {
    if (word !== 0) return at * 32 + 31 - Math.clz32(word & -word);
    if (++at === bits.length) return -1;
    word = bits[at] as number;
  }
}

function countBits(bits: Uint32Array): number {
  let count = 0;
  for (const word of bits) count += countWord(word);
  return count;
}

function countWord(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
