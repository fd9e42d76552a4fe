// Where a subject is put together byte by byte: a mapped one, one that crossed into another account, a reply that the
// server made up. Grows as needed and is used again for the next message; who keeps the subject copies it.
import { copyBytes, decimalLength, writeDecimal } from '../base/bytes.ts';

const BYTES_FIRST = 64;

export class SubjectBuffer {
  /** The subject is `bytes[0..length)`. Other bytes after it has grown: take it again after each write. */
  bytes = new Uint8Array(BYTES_FIRST);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) this.#grow(1);
    this.bytes[this.length++] = value;
  }

  range(from: Uint8Array, start: number, end: number): void {
    const count = end - start;
    if (this.length + count > this.bytes.length) this.#grow(count);
    copyBytes(from, start, end, this.bytes, this.length);
    this.length += count;
  }

  /** A safe integer >= 0. */
  decimal(value: number): void {
    const count = decimalLength(value);
    if (this.length + count > this.bytes.length) this.#grow(count);
    this.length = writeDecimal(value, this.bytes, this.length);
  }

  /** A copy of what was written. */
  copy(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  #grow(count: number): void {
    const wider = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    wider.set(this.bytes.subarray(0, this.length));
    this.bytes = wider;
  }
}
