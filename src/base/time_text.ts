// Times as RFC 3339 text straight into bytes, for those who write one per message: messages that follow each other share
// their second, and its text is made once. The same text as rfc3339Nano() of nanos.ts. Called by direct gets.
import { copyBytes, writeAscii, writeDigits } from './bytes.ts';
import { nanosToWholeSeconds, rfc3339Nano } from './nanos.ts';

const BILLION = 1_000_000_000;
const ZERO = 48;
const DOT = 46;
const Z = 90;
/** Bytes that write() takes at most, for years of four digits. */
export const TIME_TEXT_BYTES_MAX = 30;

export class TimeText {
  #second = Number.NaN;
  /** `2006-01-02T15:04:05`. */
  readonly #bytes = new Uint8Array(32);
  #length = 0;

  /** Writes Unix nanoseconds, given as two halves, and returns the position behind them. */
  write(high: number, low: number, to: Uint8Array, at: number): number {
    const second = nanosToWholeSeconds(high, low);
    if (second !== this.#second) this.#setSecond(second);
    copyBytes(this.#bytes, 0, this.#length, to, at);
    let end = at + this.#length;
    const nanos = nanosOfSecond(second, low);
    if (nanos !== 0) {
      to[end] = DOT;
      writeDigits(nanos, to, end + 1, 9);
      end += 10;
      while (to[end - 1] === ZERO) end--;
    }
    to[end] = Z;
    return end + 1;
  }

  #setSecond(second: number): void {
    const ns = BigInt(second) * BigInt(BILLION);
    const text = rfc3339Nano(ns).slice(0, -1);
    this.#second = second;
    this.#length = writeAscii(text, this.#bytes, 0);
  }
}

/** What is left over the second fits 32 bits, so the lower halves tell it. */
function nanosOfSecond(second: number, low: number): number {
  // second * 10^9 modulo 2^32, in steps that stay exact.
  const secondLow = Math.imul(second | 0, BILLION) >>> 0;
  return (low - secondLow) >>> 0;
}
