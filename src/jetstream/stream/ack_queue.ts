// The answers to published messages that wait for their message to be durable, in the order of arrival: reply subject,
// sequence and whose it is, in typed arrays. Holds; the ingest decides what is asked and sends what is taken. No object
// per message.
import { copyBytes } from '../../base/bytes.ts';

const ENTRIES_FIRST = 256;
const BYTES_FIRST = 16 * 1024;

/** Owner of the answer to a message of no batch. */
export const OWNER_SINGLE = 0;
/** Owner of an answer whose text stands ready. Fast batches are owners by their own numbers, which are above 0. */
export const OWNER_TEXT = -1;

export class AckQueue {
  #head = 0;
  #tail = 0;
  #bytesTail = 0;
  /** Answer when this is durable. */
  #durable = new Float64Array(ENTRIES_FIRST);
  /** Answer with this, which the owner understands. Negative: the message was a duplicate. */
  #answers = new Float64Array(ENTRIES_FIRST);
  #owners = new Int32Array(ENTRIES_FIRST);
  #starts = new Int32Array(ENTRIES_FIRST);
  #ends = new Int32Array(ENTRIES_FIRST);
  #bytes = new Uint8Array(BYTES_FIRST);

  get size(): number {
    return this.#tail - this.#head;
  }

  /** The bytes that reply subjects are slices of; valid until the next add(). */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  add(durable: number, owner: number, answer: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#tail === this.#durable.length) this.#makeRoom();
    const length = end - start;
    if (this.#bytesTail + length > this.#bytes.length) this.#makeByteRoom(length);
    const at = this.#tail++;
    this.#durable[at] = durable;
    this.#owners[at] = owner;
    this.#answers[at] = answer;
    this.#starts[at] = this.#bytesTail;
    copyBytes(bytes, start, end, this.#bytes, this.#bytesTail);
    this.#bytesTail += length;
    this.#ends[at] = this.#bytesTail;
  }

  /** Whether the first one may be answered now that everything up to `sequence` is durable. */
  isReady(sequence: number): boolean {
    return this.#head < this.#tail && (this.#durable[this.#head] as number) <= sequence;
  }

  get firstDurable(): number {
    return this.#durable[this.#head] as number;
  }

  get firstOwner(): number {
    return this.#owners[this.#head] as number;
  }

  get firstAnswer(): number {
    return this.#answers[this.#head] as number;
  }

  get firstStart(): number {
    return this.#starts[this.#head] as number;
  }

  get firstEnd(): number {
    return this.#ends[this.#head] as number;
  }

  removeFirst(): void {
    this.#head++;
    if (this.#head < this.#tail) return;
    this.#head = 0;
    this.#tail = 0;
    this.#bytesTail = 0;
  }

  clear(): void {
    this.#head = 0;
    this.#tail = 0;
    this.#bytesTail = 0;
  }

  /** Moves what waits to the front; where that is more than half, doubles. */
  #makeRoom(): void {
    const from = this.#head;
    const count = this.size;
    const size = count * 2 > this.#durable.length ? this.#durable.length * 2 : this.#durable.length;
    const move = <A extends Float64Array | Int32Array>(old: A, next: A): A => {
      next.set(old.subarray(from, from + count));
      return next;
    };
    this.#durable = move(this.#durable, new Float64Array(size));
    this.#answers = move(this.#answers, new Float64Array(size));
    this.#owners = move(this.#owners, new Int32Array(size));
    this.#starts = move(this.#starts, new Int32Array(size));
    this.#ends = move(this.#ends, new Int32Array(size));
    this.#head = 0;
    this.#tail = count;
  }

  #makeByteRoom(length: number): void {
    const from = this.size === 0 ? this.#bytesTail : this.firstStart;
    const used = this.#bytesTail - from;
    let size = this.#bytes.length;
    while (size < (used + length) * 2) size *= 2;
    const next = new Uint8Array(size);
    next.set(this.#bytes.subarray(from, this.#bytesTail));
    for (let i = this.#head; i < this.#tail; i++) {
      this.#starts[i] = (this.#starts[i] as number) - from;
      this.#ends[i] = (this.#ends[i] as number) - from;
    }
    this.#bytes = next;
    this.#bytesTail = used;
  }
}
